//! Rows of folds: one for each, a bounded number of them, and nothing counted twice whatever fails in between.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
};

use keystead::{
    domain::{
        audit_event::{Actor, Credential},
        audit_fold::{Fold, Tally},
        denial::Denial,
        happening::{GrantType, Happening},
        ids::{ApiKeyId, AuditEventId, Id},
        party::Party,
        sequence::Seq,
        time::Timestamp,
    },
    jobs::audit_folds::AuditFolds,
    oauth::notes::{MOST_DENIALS, Notes},
    store::{
        Error,
        audit_folds::{FoldRow, Kept},
    },
};

const DENIED: Happening = Happening::ClientRefuse(Denial::WrongSecret);
const USED: Happening = Happening::TokenIssue(GrantType::ClientCredentials);

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn once(second: i64) -> Tally {
    Tally::once(at(second), Seq::new(1))
}

fn key(number: u128) -> Party {
    let id = ApiKeyId::from_uuid(uuid::Uuid::from_u128(number));
    Party { actor: Actor::ApiKey(id), credential: Credential::Unnamed, authority: None, space: None }
}

fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(number))
}

/// The rows as a database would hold them.
#[derive(Default)]
struct Table(HashMap<AuditEventId, FoldRow>);

impl Table {
    fn write(&mut self, rows: &[FoldRow]) -> Vec<Kept> {
        self.0.extend(rows.iter().map(|row| (row.id, *row)));
        vec![Kept::Whole; rows.len()]
    }

    fn total(&self) -> u64 {
        self.0.values().map(|row| row.tally.count).sum()
    }
}

fn folds() -> AuditFolds {
    AuditFolds::new().expect("randomness")
}

// Covers: L150
#[test]
fn a_flood_of_denials_takes_a_bounded_number_of_rows_and_each_is_counted() {
    const FLOOD: u32 = 100_000;
    let notes = Notes::default();
    let (mut folds, mut table) = (folds(), Table::default());
    for second in 0..10 {
        for number in 0..FLOOD / 10 {
            let from = address((second * FLOOD + number) << 8);
            notes.note(
                Fold::of(Some(key(u128::from(number))), Some(from), DENIED, at(second.into())),
                once(second.into()),
            );
        }
        notes.take().into_iter().for_each(|(fold, tally)| folds.add(fold, tally));
        folds.write(|rows| Ok(table.write(rows))).expect("it is written");
    }
    let bound = MOST_DENIALS + MOST_DENIALS / 5;
    assert!(table.0.len() <= bound && folds.len() <= bound, "{}", table.0.len());
    assert_eq!(table.total(), u64::from(FLOOD));
    let coarse = table.0.values().filter(|row| row.fold.entry().target == "many clients");
    assert!(coarse.map(|row| row.tally.count).sum::<u64>() > 0);
}

// Covers: L150
#[test]
fn memory_is_bounded_while_nothing_is_taken_and_a_flood_takes_no_room_from_uses() {
    let notes = Notes::default();
    for number in 0..100_000 {
        notes.note(Fold::of(None, Some(address(number << 8)), DENIED, at(1)), once(1));
    }
    notes.note(Fold::of(Some(key(1)), Some(address(1)), USED, at(1)), once(1));
    let taken = notes.take();
    assert!(taken.len() <= MOST_DENIALS + MOST_DENIALS / 5 + 1, "{}", taken.len());
    assert_eq!(taken.iter().map(|(_, tally)| tally.count).sum::<u64>(), 100_001);
    assert_eq!(taken.iter().filter(|(fold, _)| fold.what() == USED).count(), 1);
    assert!(notes.take().is_empty());
}

// Covers: L150
#[test]
fn a_flood_in_many_minutes_that_cannot_be_written_is_bounded_too() {
    let mut folds = folds();
    for minute in 0..20_000 {
        folds.add(Fold::of(Some(key(1)), None, DENIED, at(minute * 60)), once(minute * 60));
    }
    assert!(folds.len() <= MOST_DENIALS + MOST_DENIALS / 5);
}

// Covers: L150
#[test]
fn who_does_not_know_whether_it_was_written_writes_the_same_row_again() {
    let (mut folds, mut table) = (folds(), Table::default());
    let fold = Fold::of(Some(key(1)), None, USED, at(1));
    folds.add(fold, once(1));
    let mut uncertain = |rows: &[FoldRow]| {
        table.write(rows);
        Err(Error::Unavailable("the answer was lost".to_owned()))
    };
    assert!(folds.write(&mut uncertain).is_err());
    folds.add(fold, once(2));
    assert!(folds.write(&mut uncertain).is_err());
    folds.add(fold, once(3));
    assert_eq!(folds.write(|rows| Ok(table.write(rows))).expect("it is written"), 1);
    assert_eq!((table.0.len(), table.total()), (1, 3));
    let unasked = |_: &[FoldRow]| panic!("nothing is left to write");
    assert_eq!(folds.write(unasked).expect("nothing happens"), 0);
}

// Covers: L150
#[test]
fn what_a_sealed_row_does_not_hold_gets_a_row_of_its_own() {
    let (mut folds, mut table) = (folds(), Table::default());
    let fold = Fold::of(Some(key(1)), None, USED, at(1));
    folds.add(fold, Tally { count: 5, ..once(1) });
    folds.write(|rows| Ok(table.write(rows))).expect("it is written");
    folds.add(fold, Tally { count: 3, ..once(9) });
    let mut is_sealed = true;
    folds
        .write(|rows| if std::mem::take(&mut is_sealed) { Ok(vec![Kept::Sealed(5)]) } else { Ok(table.write(rows)) })
        .expect("it is written");
    let mut counts: Vec<u64> = table.0.values().map(|row| row.tally.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [3, 5]);
}

// Covers: L150
#[test]
fn rows_are_forgotten_when_their_minute_is_over() {
    let (mut folds, mut table) = (folds(), Table::default());
    for second in [0, 59, 60, 64, 66] {
        folds.add(Fold::of(Some(key(1)), None, USED, at(second)), once(second));
        folds.write(|rows| Ok(table.write(rows))).expect("it is written");
    }
    assert_eq!((folds.len(), table.0.len(), table.total()), (1, 2, 5));
}
