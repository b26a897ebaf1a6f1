//! Sealed keys and peppers: kept byte for byte, in order.

use std::time::Duration;

use keystead::{
    domain::{
        key_pair::Slot,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
    },
    store::{
        Store,
        clock::Clock,
        key_pairs,
        signing_keys::{self, SealedPepper, SealedSigningKey},
    },
};

use crate::{
    support::backend::TestDatabase,
    world::{World, change, key_in, pair, snapshot},
};

const DAY: Duration = Duration::from_hours(24);

/// Every value a byte can have.
fn bytes() -> Vec<u8> {
    (0..=255).collect()
}

fn insert(store: &Store, sealed: &[u8], state: SigningKeyState, age: Duration) -> SigningKeyFacts {
    let inserted = change(store, |change| {
        let (id, now) = (change.new_id(), change.now());
        let (algorithm, created_at) = (SigningAlgorithm::EdDsa, now.minus(age));
        let facts = SigningKeyFacts { id, algorithm, state, created_at, state_since: now };
        signing_keys::insert(change, &SealedSigningKey { facts: facts.clone(), sealed: sealed.to_vec() })?;
        Ok(facts)
    });
    inserted.expect("it commits")
}

crate::on_both! {
    // Covers: KM-22
    #[test]
    fn signing_keys_come_back_as_they_were_given_oldest_first(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let young = insert(&store, &bytes(), SigningKeyState::Active, Duration::ZERO);
        let old = insert(&store, b"", SigningKeyState::Retired, DAY * 2);
        let middle = insert(&store, b"\0'\"\\", SigningKeyState::Passive, DAY);
        let keys = snapshot(&store, |tx| signing_keys::all(tx));
        let facts: Vec<_> = keys.iter().map(|key| key.facts.clone()).collect();
        assert_eq!(facts, [old, middle, young]);
        let sealed: Vec<_> = keys.into_iter().map(|key| key.sealed).collect();
        assert_eq!(sealed, [Vec::new(), b"\0'\"\\".to_vec(), bytes()]);
    }

    // Covers: KM-22
    #[test]
    fn the_next_state_of_a_signing_key_begins_with_its_change(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let key = insert(&store, &bytes(), SigningKeyState::Pending, DAY);
        clock.advance(DAY);
        let at = change(&store, |change| {
            assert!(signing_keys::set_state(change, key.id, SigningKeyState::Pending, SigningKeyState::Active)?);
            Ok(change.now())
        });
        let keys = snapshot(&store, |tx| signing_keys::all(tx));
        assert_eq!(keys[0].facts, SigningKeyFacts { state: SigningKeyState::Active, state_since: at.expect("it commits"), ..key });
        assert_eq!(keys[0].sealed, bytes());
    }

    // Covers: KM-22
    #[test]
    fn peppers_come_back_as_they_were_given_newest_first(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let [old, new] = [bytes(), b"new".to_vec()].map(|sealed| {
            let inserted = change(&store, |change| {
                let id = change.new_id();
                signing_keys::insert_pepper(change, &SealedPepper { id, sealed: sealed.clone() }).map(|()| id)
            });
            clock.advance(DAY);
            (inserted.expect("it commits"), sealed)
        });
        let peppers = snapshot(&store, |tx| signing_keys::peppers(tx));
        let peppers: Vec<_> = peppers.into_iter().map(|pepper| (pepper.id, pepper.sealed)).collect();
        assert_eq!(peppers, [new, old]);
    }

    // Covers: KM-22
    #[test]
    fn a_pair_comes_back_as_it_was_given(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let given = change(&store, |change| {
            let mut second = pair(change, world.pepper, Slot::Second);
            second.secret.hash = std::array::from_fn(|place| u8::try_from(place * 8).expect("below 256"));
            second.created_at = change.now();
            second.expires_at = Some(change.now().plus(DAY));
            key_pairs::insert_for_api_key(change, world.home.space, world.key, &second)?;
            Ok(second)
        });
        assert_eq!(key_in(&store, world.key).pairs[1], given.expect("it commits"));
    }
}
