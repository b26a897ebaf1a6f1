//! Audit events: written with what they speak of, or not at all.

use std::net::{IpAddr, Ipv4Addr};

use keystead::{
    domain::{
        api_key::{ApiKey, KeyStatus},
        audit_event::{AuditEntry, Origin},
        ids::ApiKeyId,
        workspace::WorkspaceNumber,
    },
    store::{Change, Error, api_keys, audit, clock::Clock},
};
use serde_json::json;

use crate::{
    sql,
    support::backend::TestDatabase,
    world::{World, change, key_in, snapshot},
};

fn entry(key: ApiKeyId) -> AuditEntry {
    let detail = json!({ "status": ["active", "revoked"] });
    AuditEntry::new("api_key.revoke", key, None, detail)
}

fn set_revoked(change: &mut Change<'_>, id: ApiKeyId) -> Result<(), Error> {
    let key = api_keys::find(change, id)?.expect("the key");
    api_keys::save(change, &ApiKey { status: KeyStatus::Revoked, ..key })
}

fn revoke(change: &mut Change<'_>, origin: &Origin, key: ApiKeyId) -> Result<(), Error> {
    audit::insert(change, origin, &entry(key))?;
    set_revoked(change, key)
}

crate::on_both! {
    // Covers: KM-16
    #[test]
    fn an_event_says_who_did_what_to_which_thing_and_in_which_change(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let origin = Origin::user(world.home.user, address);
        let seq = change(&store, |change| revoke(change, &origin, world.key).map(|()| change.seq()));
        let seq = seq.expect("it commits");
        let events = snapshot(&store, |tx| audit::of_target(tx, &world.key.to_string()));
        let [event] = events.as_slice() else { panic!("one event: {events:?}") };
        assert_eq!((event.seq, event.actor.as_str(), event.action.as_str()), (seq, "user", "api_key.revoke"));
        assert_eq!(event.detail, entry(world.key).detail.to_string());
        assert_eq!(sql::count(&database, "audit_events WHERE actor_id IS NOT NULL AND address = '127.0.0.1'"), 1);
    }

    // Covers: KM-16
    #[test]
    fn a_change_that_fails_leaves_no_event(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let failed = change(&store, |change| {
            revoke(change, &Origin::OPERATOR, world.key)?;
            Err::<(), _>(Error::NoRandomness)
        });
        assert!(failed.is_err());
        assert_eq!(sql::count(&database, "audit_events"), 0);
        assert_eq!(key_in(&store, world.key).status, KeyStatus::Active);
    }

    // Covers: KM-16
    #[test]
    fn an_event_that_cannot_be_written_takes_the_change_with_it(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        sql::execute(&database, "ALTER TABLE audit_events RENAME TO audit_events_are_gone");
        let failed = change(&store, |change| {
            set_revoked(change, world.key)?;
            audit::insert(change, &Origin::OPERATOR, &entry(world.key))
        });
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        assert_eq!(key_in(&store, world.key).status, KeyStatus::Active);
    }

    // Covers: KM-16
    #[test]
    fn events_of_one_thing_come_in_the_order_of_their_changes(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        for _ in 0..3 {
            change(&store, |change| revoke(change, &Origin::OPERATOR, world.key)).expect("it commits");
        }
        let events = snapshot(&store, |tx| audit::of_target(tx, &world.key.to_string()));
        assert_eq!(events.iter().map(|event| event.seq.get()).collect::<Vec<_>>(), [2, 3, 4]);
    }

    // Covers: KM-16
    #[test]
    fn an_event_about_very_many_things_is_found_by_its_origin_its_target_and_fifty_more(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let workspaces: Vec<_> = (1_001..2_000).filter_map(WorkspaceNumber::new).collect();
        let origin = Origin::user(world.home.user, None);
        let entry = AuditEntry { space: None, ..entry(world.key) }.in_workspaces(&workspaces);
        change(&store, |change| {
            audit::insert(change, &origin, &entry)?;
            set_revoked(change, world.key)
        })
        .expect("it commits");
        assert_eq!(sql::count(&database, "audit_mentions"), 52);
        for named in [world.home.user.to_string(), world.key.to_string()] {
            assert_eq!(sql::count(&database, &format!("audit_mentions WHERE subject = '{named}'")), 1);
        }
    }
}
