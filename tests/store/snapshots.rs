//! Snapshots: one state each, whatever is committed meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use keystead::{
    domain::{role::Role, sequence::Seq},
    store::{Error, Store, change_log::HeadReader, clock::Clock, roles},
};

use crate::{
    support::backend::TestDatabase,
    world::{World, change, snapshot},
};

fn set_both(store: &Store, one: &Role, other: &Role) -> Result<(), Error> {
    change(store, |change| {
        let word = format!("change.{}", change.seq().get());
        roles::replace_permissions(change, one.id, &[&word])?;
        roles::replace_permissions(change, other.id, &[&word])
    })
}

crate::on_both! {
    // Covers: I9
    #[test]
    fn a_snapshot_sees_the_change_of_its_stamp_whole_and_nothing_later(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let (one, other) = (&world.home.role, &world.abroad.role);
        set_both(&store, one, other).expect("it commits");
        let done = AtomicBool::new(false);
        let stamps: Vec<i64> = std::thread::scope(|threads| {
            let writer = threads.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    set_both(&store, one, other).expect("it commits");
                }
            });
            let look = |_| {
                let (stamp, seen) = snapshot(&store, |tx| {
                    let first = roles::find(tx, one.id)?.expect("the role is there").permissions;
                    let second = roles::find(tx, other.id)?.expect("the role is there").permissions;
                    Ok((tx.stamp().seq.get(), [first, second].concat()))
                });
                let both = format!("change.{stamp}");
                (stamp, seen.iter().map(|held| &held.name).eq([&both, &both]))
            };
            let looks: Vec<(i64, bool)> = (0..200).map(look).collect();
            done.store(true, Ordering::SeqCst);
            writer.join().expect("the writer does not fail");
            assert!(looks.iter().all(|(_, whole)| *whole), "{looks:?}");
            looks.into_iter().map(|(stamp, _)| stamp).collect()
        });
        assert!(stamps.is_sorted(), "{stamps:?}");
        assert!(stamps.first() < stamps.last(), "changes went on meanwhile: {stamps:?}");
    }

    // Covers: I9
    #[test]
    fn a_snapshot_is_stamped_with_the_head_and_its_mark(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        World::make(&store);
        let stamp = snapshot(&store, |tx| Ok(tx.stamp()));
        let head = HeadReader::new(store).read(Seq::ZERO).expect("the head is read").changes;
        let last = head.last().expect("there are changes");
        assert_eq!((stamp.seq, stamp.mark), (last.seq, last.mark));
    }

    // Covers: I9
    #[test]
    fn a_snapshot_cannot_write(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let written = store.snapshot(|tx| {
            use keystead::store::transaction::Reads as _;
            diesel::connection::SimpleConnection::batch_execute(tx.db(), "DELETE FROM changes").map_err(Error::from)
        });
        assert!(written.is_err());
        assert_eq!(crate::sql::count(&database, "changes"), 1);
    }
}
