//! Uses of pairs: counted, and the last one never moves back.

use std::net::IpAddr;

use keystead::{
    domain::{
        ids::ApiKeyId,
        key_pair::{PairUse, PublicId, Slot},
        time::Timestamp,
    },
    store::{
        Store,
        clock::Clock,
        key_pairs,
        pair_uses::{self, LastUse},
    },
};

use crate::{
    sql::count,
    support::{
        backend::{Backend, TestDatabase},
        queries::{plan, queries_of},
    },
    world::{World, change, key_in, pair, snapshot},
};

/// One use at this second.
pub(crate) fn used(pair: PublicId, key: ApiKeyId, second: i64) -> PairUse {
    PairUse { pair, key, at: Timestamp::from_seconds(second), from: None, count: 1 }
}

fn record(store: &Store, uses: &[PairUse]) {
    pair_uses::record(store, uses).expect("it commits");
}

fn known(store: &Store, key: ApiKeyId, pair: PublicId) -> LastUse {
    snapshot(store, |tx| pair_uses::of_keys(tx, &[key])).remove(&pair).expect("the pair is there")
}

crate::on_both! {
    #[test]
    fn uses_add_up_and_the_last_one_moves_forward_only(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let pair = key_in(&store, world.key).pairs[0].public_id;
        assert_eq!(known(&store, world.key, pair), LastUse::default());
        let seq = snapshot(&store, |tx| Ok(tx.stamp()));
        let one = |second, address: &str, count| {
            let from: IpAddr = address.parse().expect("an address");
            PairUse { from: Some(from), count, ..used(pair, world.key, second) }
        };
        record(&store, &[one(20, "192.0.2.2", 3), one(10, "192.0.2.1", 4)]);
        let expected = |second, address: &str, count| LastUse {
            at: Some(Timestamp::from_seconds(second)),
            from: Some(address.to_owned()),
            count,
        };
        assert_eq!(known(&store, world.key, pair), expected(20, "192.0.2.2", 7));
        record(&store, &[one(90, "2001:db8::1", 1)]);
        record(&store, &[one(5, "192.0.2.1", 1)]);
        assert_eq!(known(&store, world.key, pair), expected(90, "2001:db8::1", 9));
        assert_eq!(count(&database, "api_keys WHERE last_used_at = 90000000"), 1);
        record(&store, &[used(pair, world.key, 140)]);
        assert_eq!(known(&store, world.key, pair), expected(140, "2001:db8::1", 10), "a known address is kept");
        assert_eq!(count(&database, "api_keys WHERE last_used_at = 90000000"), 1, "that of the key moves by minutes");
        assert_eq!(snapshot(&store, |tx| Ok(tx.stamp())), seq, "it is no change");
    }

    #[test]
    fn a_pair_that_is_gone_is_passed_over_and_the_others_are_noted(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let gone = key_in(&store, world.key).pairs[0].clone();
        let replaced = change(&store, |change| {
            let new = pair(change, world.pepper, Slot::Second);
            key_pairs::insert_for_api_key(change, world.home.space, world.key, &new)?;
            key_pairs::delete_of_api_key(change, world.key, &gone).map(|()| new.public_id)
        });
        let other = replaced.expect("it commits");
        record(&store, &[used(gone.public_id, world.key, 20), used(other, world.key, 10)]);
        let uses = snapshot(&store, |tx| pair_uses::of_keys(tx, &[world.key]));
        let (public_ids, counts): (Vec<_>, Vec<_>) = uses.into_iter().map(|(id, of_pair)| (id, of_pair.count)).unzip();
        assert_eq!((public_ids, counts), (vec![other], vec![1]));
        assert_eq!(count(&database, "api_keys WHERE last_used_at = 20000000"), 1, "the key was used");
    }

    #[test]
    fn the_uses_of_a_page_of_keys_are_one_query(backend) {
        let database = TestDatabase::migrated(backend);
        let (store, log) = database.open_logged(&Clock::default());
        let world = World::make(&store);
        let page: Vec<ApiKeyId> = std::iter::repeat_n(world.key, 100).collect();
        let (uses, queries) = queries_of(&log, || snapshot(&store, |tx| pair_uses::of_keys(tx, &page)));
        assert_eq!(uses.len(), 1);
        assert_eq!(queries.len(), 2, "the stamp of the snapshot and {queries:?}");
        if backend == Backend::Sqlite {
            let plan = plan(&database, &queries[1]);
            assert!(plan.contains("SEARCH key_pairs USING INDEX") && !plan.contains("SCAN"), "{plan}");
        }
    }
}
