//! The log of statements: complete, in order, and without the values that were bound.

use keystead::{
    domain::{change::Subject, sequence::Seq},
    store::{change_log::HeadReader, clock::Clock, key_pairs, pair_uses},
};

use crate::{
    pair_uses::used,
    support::{
        backend::{Backend, TestDatabase},
        queries::{count_queries, plan, queries_of},
        site::TestSite,
    },
    world::{World, change, key_in, snapshot},
};

crate::on_both! {
    #[test]
    fn statements_of_all_connections_are_logged_in_order(backend) {
        let database = TestDatabase::migrated(backend);
        let (store, log) = database.open_logged(&Clock::default());
        let (done, queries) = queries_of(&log, || change(&store, |change| change.touch(Subject::Site)));
        done.expect("it commits");
        let words: Vec<_> = queries.iter().filter_map(|query| query.split(' ').next()).collect();
        assert_eq!(words, ["UPDATE", "SELECT", "SELECT", "INSERT"], "{queries:?}");
        let mut reader = HeadReader::new(store.clone());
        let (_, first) = count_queries(&log, || reader.read(Seq::ZERO).expect("it answers"));
        let (_, second) = count_queries(&log, || reader.read(Seq::new(1)).expect("it answers"));
        assert_eq!((first, second), (1, 1));
        assert!(log.take().is_empty(), "what was taken is gone");
    }

    // Covers: I9
    #[test]
    fn a_server_logs_what_it_asks_and_a_warm_login_asks_for_the_head_alone(backend) {
        let site = TestSite::new(backend);
        let key = site.key("viewer", &[0]);
        let (server, log) = site.serve_logged();
        server.mint(&key);
        let (_, queries) = queries_of(&log, || server.mint(&key));
        assert!(queries.len() == 1 && queries[0].contains("change_feed"), "{queries:?}");
    }

    // Covers: K6
    #[test]
    fn values_that_were_bound_are_not_logged(backend) {
        let database = TestDatabase::migrated(backend);
        let (store, log) = database.open_logged(&Clock::default());
        let world = World::make(&store);
        let pair = key_in(&store, world.key).pairs[0].public_id;
        snapshot(&store, |tx| key_pairs::find_owner(tx, pair));
        pair_uses::record(&store, &[used(pair, world.key, 1)]).expect("it commits");
        let logged = log.take().join("\n");
        assert!(logged.contains("INSERT INTO") && logged.contains("key_pairs"), "{logged}");
        for value in [pair.as_str(), "sealed pepper", "wxyz", "binds", "[7, 7"] {
            assert!(!logged.contains(value), "`{value}` in {logged}");
        }
    }
}

#[test]
fn sqlite_plans_a_logged_statement() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    let (store, log) = database.open_logged(&Clock::default());
    let world = World::make(&store);
    let pair = key_in(&store, world.key).pairs[0].public_id;
    let (_, queries) = queries_of(&log, || snapshot(&store, |tx| key_pairs::find_owner(tx, pair)));
    let plan = plan(&database, queries.last().expect("a query"));
    assert!(plan.contains("SEARCH key_pairs USING INDEX"), "{plan}");
}
