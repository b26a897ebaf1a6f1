//! Guarded updates: what is over does not come back, and of many who do the same thing at once one is told it did.

use std::{sync::Barrier, time::Duration};

use keystead::{
    domain::{
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        time::Timestamp,
    },
    store::{
        Change, Error, Store,
        clock::Clock,
        key_pairs,
        signing_keys::{self, SealedSigningKey},
    },
};

use crate::{
    support::backend::TestDatabase,
    world::{World, change, key_in},
};

const DAY: Duration = Duration::from_hours(24);

/// How many of eight threads that run `body` at once are answered yes.
fn winners(store: &Store, body: impl Fn(&mut Change<'_>) -> Result<bool, Error> + Sync) -> usize {
    let start = Barrier::new(8);
    std::thread::scope(|threads| {
        let run = || {
            start.wait();
            change(store, &body).expect("nobody fails")
        };
        let running: Vec<_> = (0..8).map(|_| threads.spawn(run)).collect();
        running.into_iter().map(|thread| thread.join().expect("nobody panics")).filter(|won| *won).count()
    })
}

fn set_expiry(store: &Store, world: &World, end: impl Fn(Timestamp) -> Option<Timestamp>) -> bool {
    let moved = change(store, |change| {
        let end = end(change.now());
        key_pairs::set_expiry(change, world.key, world.pair, end)
    });
    moved.expect("it answers")
}

fn expiry(store: &Store, world: &World) -> Option<Timestamp> {
    key_in(store, world.key).pairs[0].expires_at
}

crate::on_both! {
    // Covers: KM-04
    #[test]
    fn the_end_of_a_live_pair_can_be_set_moved_and_removed(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let world = World::make(&store);
        assert!(set_expiry(&store, &world, |now| Some(now.plus(DAY * 90))));
        let far = expiry(&store, &world).expect("it has an end");
        assert!(set_expiry(&store, &world, |now| Some(now.plus(DAY))));
        assert!(expiry(&store, &world).is_some_and(|near| near < far));
        clock.advance(DAY / 2);
        assert!(set_expiry(&store, &world, |_| None));
        assert_eq!(expiry(&store, &world), None);
    }

    // Covers: KM-04
    #[test]
    fn an_expired_pair_never_comes_back(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let world = World::make(&store);
        assert!(set_expiry(&store, &world, |now| Some(now.plus(DAY))));
        let end = expiry(&store, &world);
        clock.advance(DAY);
        assert!(!set_expiry(&store, &world, |now| Some(now.plus(DAY))));
        assert!(!set_expiry(&store, &world, |_| None));
        assert_eq!(expiry(&store, &world), end);
    }

    // Covers: KM-04
    #[test]
    fn a_pair_ended_now_is_over_at_once(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        assert!(set_expiry(&store, &world, Some));
        assert!(!set_expiry(&store, &world, |_| None));
    }

    // Covers: KM-15
    #[test]
    fn a_pair_is_moved_only_by_its_own_key(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let moved = change(&store, |change| {
            let other = change.new_id();
            key_pairs::set_expiry(change, other, world.pair, Some(change.now()))
        });
        assert!(!moved.expect("it answers"));
        assert_eq!(expiry(&store, &world), None);
    }

    // Covers: KM-21
    #[test]
    fn of_eight_who_promote_a_signing_key_one_is_told_it_did(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let id = change(&store, |change| {
            let (id, now) = (change.new_id(), change.now());
            let (algorithm, state) = (SigningAlgorithm::Es256, SigningKeyState::Pending);
            let facts = SigningKeyFacts { id, algorithm, state, created_at: now, state_since: now };
            signing_keys::insert(change, &SealedSigningKey { facts, sealed: Vec::new() }).map(|()| id)
        });
        let id = id.expect("it commits");
        let step = |from, to| winners(&store, |change| signing_keys::set_state(change, id, from, to));
        assert_eq!(step(SigningKeyState::Pending, SigningKeyState::Active), 1);
        assert_eq!(step(SigningKeyState::Active, SigningKeyState::Revoked), 1);
        assert_eq!(step(SigningKeyState::Active, SigningKeyState::Passive), 0);
    }
}
