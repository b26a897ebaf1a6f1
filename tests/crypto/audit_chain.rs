//! Seals of audit events, as another implementation of the same description computes them, and the code of the head.

use keystead::{
    crypto::{
        audit_chain::{AuditKey, follow},
        sealed::MasterKey,
    },
    domain::{
        audit_chain::{ChainHead, ChainedEvent, Checkpoint},
        ids::{AuditEventId, AuditKeyId, Id as _},
        sequence::Seq,
        time::Timestamp,
    },
};
use uuid::Uuid;

const FIRST: &str = "1:4f36047bd6e2fd11e703e9ed10d6a0cfce93c054280d3271861ac6f4d6dbb714";
const SECOND: &str = "2:6a2a2c2155c88d8d87f6e3a5e7fee8e57f1e4eee452ec0cc83a0b8b43988b973";

fn full() -> ChainedEvent {
    let id = |number| Some(Uuid::from_u128(number));
    let text = |text: &str| Some(text.to_owned());
    ChainedEvent {
        id: AuditEventId::from_uuid(Uuid::from_u128(1)),
        seq: Seq::new(7),
        at: Timestamp::from_micros(1_795_000_000_000_000),
        actor_kind: "api_key".to_owned(),
        actor_id: id(2),
        address: text("192.0.2.17"),
        action: "api_key.edit".to_owned(),
        target: "key_1".to_owned(),
        space_id: id(3),
        detail: r#"{"name":"é"}"#.to_owned(),
        user_id: id(4),
        pair: text("0123456789abcdef"),
        grant_id: id(5),
        session_id: id(6),
        workspace: Some(1001),
        about: "key_1 usr_4".to_owned(),
        count: 3,
        last_at: Some(Timestamp::from_micros(1_795_000_000_000_009)),
    }
}

fn bare() -> ChainedEvent {
    let (actor_id, space_id, user_id, grant_id, session_id) = (None, None, None, None, None);
    let (address, pair, workspace, last_at) = (None, None, None, None);
    ChainedEvent { actor_id, address, space_id, user_id, pair, grant_id, session_id, workspace, last_at, ..full() }
}

// Covers: K12
#[test]
fn seals_are_those_of_the_description_for_good() {
    let first = follow(Checkpoint::BEGINNING, &full());
    assert_eq!((first.to_string().as_str(), follow(first, &bare()).to_string().as_str()), (FIRST, SECOND));
}

// Covers: K12
#[test]
fn what_moves_from_one_column_to_the_next_gives_another_seal() {
    let of = |event: &ChainedEvent| follow(Checkpoint::BEGINNING, event);
    let moved = ChainedEvent { action: "api_key.editkey".to_owned(), target: "_1".to_owned(), ..full() };
    let renamed = ChainedEvent { pair: None, address: full().pair, ..full() };
    assert!(of(&moved) != of(&full()) && of(&renamed) != of(&full()));
    assert_ne!(follow(of(&full()), &full()).seal, of(&full()).seal);
}

// Covers: K12, S-04
#[test]
fn the_code_of_a_head_is_of_its_key_and_of_every_part() {
    let master = MasterKey::generate().unwrap();
    let id = |number| AuditKeyId::from_uuid(Uuid::from_u128(number));
    let key = AuditKey::generate(id(1)).unwrap();
    let opened = AuditKey::open(id(1), &key.seal(&master).unwrap(), &master).unwrap();
    assert!(AuditKey::open(id(2), &key.seal(&master).unwrap(), &master).is_err(), "it is sealed for its place");
    let (last, kept_after) = (SECOND.parse().unwrap(), FIRST.parse().unwrap());
    let head = ChainHead { key: id(1), last, kept_after, sealed_at: Timestamp::from_micros(5) };
    let code = key.authenticate(&head);
    assert!(opened.has_authenticated(&head, &code));
    for other in [
        ChainHead { key: id(2), ..head },
        ChainHead { last: kept_after, ..head },
        ChainHead { kept_after: last, ..head },
        ChainHead { sealed_at: Timestamp::from_micros(6), ..head },
    ] {
        assert!(!key.has_authenticated(&other, &code), "{other:?}");
    }
    assert!(!AuditKey::generate(id(1)).unwrap().has_authenticated(&head, &code));
    assert_eq!(format!("{key:?}"), format!("AuditKey({})", id(1)));
}
