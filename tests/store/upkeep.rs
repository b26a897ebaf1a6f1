//! Upkeep: writes that no decision rests on, beside changes and without a number.

use keystead::{
    domain::{change::Subject, key_pair::Slot},
    store::{clock::Clock, key_pairs, pair_uses},
};

use crate::{
    pair_uses::used,
    sql::{count, try_execute},
    support::backend::{Backend, TestDatabase},
    world::{World, change, key_in, pair},
};

#[test]
fn on_postgres_an_upkeep_holds_the_head_before_it_touches_anything_else() {
    let database = TestDatabase::migrated(Backend::Postgres);
    let store = database.open(&Clock::default());
    let lock = "SELECT id FROM change_head FOR NO KEY UPDATE NOWAIT";
    let free = store.upkeep(|_| Ok(try_execute(&database, lock).is_ok()));
    assert!(!free.expect("it commits"));
    try_execute(&database, lock).expect("it is free again");
}

crate::on_both! {
    // Covers: I9
    #[test]
    fn upkeeps_and_changes_of_the_same_rows_do_not_stand_in_each_others_way(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let first = key_in(&store, world.key).pairs[0].public_id;
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for _ in 0..30 {
                    let second = change(&store, |change| {
                        let new = pair(change, world.pepper, Slot::Second);
                        key_pairs::insert_for_api_key(change, world.home.space, world.key, &new).map(|()| new)
                    });
                    let second = second.expect("it commits");
                    change(&store, |change| key_pairs::delete_of_api_key(change, world.key, &second)).expect("it commits");
                }
            });
            threads.spawn(|| {
                for number in 0..30 {
                    let uses: Vec<_> = key_in(&store, world.key)
                        .pairs
                        .iter()
                        .map(|pair| used(pair.public_id, world.key, number))
                        .collect();
                    pair_uses::record(&store, &uses).expect("it commits");
                    change(&store, |change| change.touch(Subject::ApiKey(world.key))).expect("it commits");
                }
            });
        });
        let uses = store.snapshot(|tx| pair_uses::of_keys(tx, &[world.key])).expect("it answers");
        assert_eq!(uses[&first].count, 30);
        assert_eq!(count(&database, "key_pairs"), 1);
    }
}
