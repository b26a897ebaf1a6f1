//! Revoked tokens: remembered until they have expired, and expired for good.

use std::time::Duration;

use keystead::{
    domain::{ids::TokenId, sequence::Seq, time::Timestamp},
    store::{
        Store,
        change_log::HeadReader,
        clock::Clock,
        revoked_tokens::{self, RevokedToken},
    },
};

use crate::{
    support::backend::TestDatabase,
    world::{change, snapshot},
};

const DAY: Duration = Duration::from_hours(24);

/// Revokes a token that lives so long from now.
fn revoke(store: &Store, life: Duration) -> RevokedToken {
    let revoked = change(store, |change| {
        let token = RevokedToken { id: change.new_id(), expires_at: change.now().plus(life) };
        revoked_tokens::insert(change, token).map(|new| (token, new))
    });
    let (token, new) = revoked.expect("it commits");
    assert!(new);
    token
}

fn remembered(store: &Store) -> Vec<TokenId> {
    snapshot(store, |tx| revoked_tokens::all(tx)).into_iter().map(|token| token.id).collect()
}

fn forget_expired(store: &Store) -> (usize, Timestamp) {
    let forgotten = store.upkeep(|upkeep| {
        let now = upkeep.now();
        revoked_tokens::delete_expired(upkeep, now).map(|rows| (rows, now))
    });
    forgotten.expect("it commits")
}

crate::on_both! {
    // Covers: RV-02, I6
    #[test]
    fn a_token_is_revoked_once_and_again_changes_nothing(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let token = revoke(&store, DAY);
        assert!(!change(&store, |change| revoked_tokens::insert(change, token)).expect("it answers"));
        assert_eq!(snapshot(&store, |tx| revoked_tokens::all(tx)), [token]);
        assert_eq!(snapshot(&store, |tx| Ok(tx.stamp().seq)), Seq::new(1), "the second time is no change");
    }

    // Covers: I11
    #[test]
    fn revoked_tokens_are_found_among_others_and_after_a_restart(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let (one, other) = (revoke(&store, DAY), revoke(&store, DAY));
        drop(store);
        let store = database.open(&Clock::default());
        let unknown = change(&store, |change| Ok(change.new_id())).expect("it answers");
        assert_eq!(snapshot(&store, |tx| revoked_tokens::among(tx, &[unknown, other.id])), [other]);
        assert_eq!(snapshot(&store, |tx| revoked_tokens::among(tx, &[])), []);
        assert_eq!(snapshot(&store, |tx| revoked_tokens::among(tx, &[one.id, other.id])).len(), 2);
    }

    // Covers: I11
    #[test]
    fn a_token_is_forgotten_only_after_it_has_expired(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let (short, long) = (revoke(&store, DAY), revoke(&store, DAY * 3));
        assert_eq!(forget_expired(&store).0, 0);
        clock.advance(DAY * 2);
        assert!(remembered(&store).contains(&short.id), "nobody cleaned up yet");
        assert_eq!(forget_expired(&store).0, 1);
        assert_eq!(remembered(&store), [long.id]);
    }

    // Covers: G11, I11
    #[test]
    fn a_clock_that_steps_back_after_an_upkeep_revives_nothing(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let token = revoke(&store, DAY);
        clock.advance(DAY * 2);
        let (rows, at) = forget_expired(&store);
        assert_eq!(rows, 1);
        clock.step_back(DAY * 2);
        let restarted = database.open(&Clock::default());
        for store in [store, restarted] {
            let now = change(&store, |change| Ok(change.now())).expect("it answers");
            assert!(store.now().expect("it answers") >= at);
            let of_the_head = HeadReader::new(store).read(Seq::ZERO).expect("it answers").now;
            assert!(now >= at && of_the_head >= at, "{now} and {of_the_head} lie before {at}");
            assert!(token.expires_at < now, "the forgotten token has expired");
        }
    }

    // Covers: I9
    #[test]
    fn an_upkeep_takes_no_number(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        revoke(&store, DAY);
        clock.advance(DAY * 2);
        assert_eq!(forget_expired(&store).0, 1);
        assert_eq!(HeadReader::new(store.clone()).read(Seq::ZERO).expect("it answers").head, Seq::new(1));
        revoke(&store, DAY);
        assert_eq!(snapshot(&store, |tx| Ok(tx.stamp().seq)), Seq::new(2));
    }

    // Covers: G11
    #[test]
    fn the_time_left_behind_only_grows(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        revoke(&store, DAY);
        clock.advance(DAY * 10);
        let (_, late) = forget_expired(&store);
        clock.step_back(DAY * 5);
        revoke(&store, Duration::ZERO);
        clock.advance(DAY);
        forget_expired(&store);
        assert!(change(&store, |change| Ok(change.now())).expect("it answers") >= late);
    }
}
