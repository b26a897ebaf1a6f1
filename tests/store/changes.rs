//! Changes: numbered without gaps, all or nothing, one by one, and never before the time that was left behind.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keystead::{
    domain::{change::Subject, ids::SpaceId, sequence::Seq},
    store::{
        Change, Error, Store,
        change_log::{HeadRead, HeadReader},
        clock::Clock,
        spaces,
        transaction::Reads as _,
        workspaces,
    },
};

use crate::{
    sql::{count, values},
    support::backend::TestDatabase,
    world::{World, change, snapshot, workspace},
};

fn touch_something(change: &mut Change<'_>) -> Result<i64, Error> {
    let space: SpaceId = change.new_id();
    change.touch(Subject::Space(space))?;
    Ok(change.seq().get())
}

fn log(store: &Store) -> HeadRead {
    HeadReader::new(store.clone()).read(Seq::ZERO).expect("the log is read")
}

fn numbers(store: &Store) -> Vec<i64> {
    log(store).changes.iter().map(|row| row.seq.get()).collect()
}

crate::on_both! {
    // Covers: I9
    #[test]
    fn changes_are_numbered_from_one_and_each_has_one_mark(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        for expected in 1..=3 {
            let seq = change(&store, |change| {
                touch_something(change)?;
                touch_something(change)
            });
            assert_eq!(seq.expect("it commits"), expected);
        }
        let rows = log(&store).changes;
        let rows: Vec<_> = rows.into_iter().map(|row| (row.seq.get(), row.mark.0)).collect();
        assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(rows.into_iter().collect::<BTreeSet<_>>().len(), 4, "one mark for each number");
        let marks: BTreeSet<_> = log(&store).changes.into_iter().map(|row| row.mark.0).collect();
        assert_eq!(marks.len(), 4, "no mark twice");
    }

    // Covers: I9
    #[test]
    fn a_subject_stands_once_in_a_change(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let touched = change(&store, |change| {
            change.touch(Subject::Site)?;
            change.touch(Subject::KeyRing)?;
            change.touch(Subject::Site)
        });
        touched.expect("it commits");
        assert_eq!(numbers(&store), [0, 1, 1]);
    }

    // Covers: KM-19
    #[test]
    fn a_change_that_fails_leaves_no_trace_and_uses_no_number(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let failed = change(&store, |change| {
            let new = workspace(change, world.home.space, "second plant")?;
            workspaces::insert(change, &new)?;
            Err::<(), _>(Error::NoRandomness)
        });
        assert!(matches!(failed, Err(Error::NoRandomness)), "{failed:?}");
        assert_eq!(count(&database, "workspaces"), 2);
        assert_eq!(count(&database, "changes WHERE seq > 1"), 0);
        assert_eq!(change(&store, touch_something).expect("it commits"), 2);
    }

    // Covers: KM-19
    #[test]
    fn a_change_that_touches_nothing_uses_no_number(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        assert_eq!(change(&store, |change| Ok(change.seq().get())).expect("it answers"), 1);
        assert_eq!(change(&store, touch_something).expect("it commits"), 1);
        assert_eq!(numbers(&store), [0, 1]);
    }

    // Covers: I6
    #[test]
    fn a_change_whose_body_overlooks_a_failed_statement_is_never_confirmed_without_being_kept(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let world = World::make(&store);
        let confirmed = change(&store, |change| {
            touch_something(change)?;
            let taken = spaces::find(change, world.home.space)?.expect("the space is there");
            assert!(matches!(spaces::insert(change, &taken), Err(Error::Duplicate)));
            Ok(())
        });
        assert_eq!(confirmed.is_ok(), count(&database, "changes WHERE seq = 2") == 1, "{confirmed:?}");
        change(&store, touch_something).expect("the next one commits");
    }

    // Covers: KM-19
    #[test]
    fn a_panic_inside_a_change_leaves_no_trace_and_the_database_usable(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let panicking = catch_unwind(AssertUnwindSafe(|| {
            change(&store, |change| -> Result<(), Error> {
                touch_something(change)?;
                resume_unwind(Box::new("a fault in the program"))
            })
        }));
        assert!(panicking.is_err());
        assert_eq!(change(&store, touch_something).expect("it commits"), 1);
        assert_eq!(numbers(&store), [0, 1]);
    }

    // Covers: KM-19
    #[test]
    fn whoever_waits_behind_a_panic_gets_a_turn(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let start = Barrier::new(8);
        std::thread::scope(|threads| {
            for number in 0..8 {
                let (start, store) = (&start, &store);
                threads.spawn(move || {
                    start.wait();
                    let _ = catch_unwind(AssertUnwindSafe(|| {
                        change(store, |change| -> Result<(), Error> {
                            touch_something(change)?;
                            if number % 2 == 0 { resume_unwind(Box::new("a fault")) }
                            Ok(())
                        })
                        .expect("a turn comes");
                    }));
                });
            }
        });
        assert_eq!(numbers(&store), [0, 1, 2, 3, 4]);
    }

    // Covers: I9
    #[test]
    fn changes_of_many_threads_run_one_by_one_in_the_order_of_their_numbers(backend) {
        let database = TestDatabase::migrated(backend);
        let store = database.open(&Clock::default());
        let done = AtomicBool::new(false);
        let given: Vec<i64> = std::thread::scope(|threads| {
            let observer = threads.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let (head, rows) = snapshot(&store, |tx| {
                        let rows = values(tx.db(), "SELECT CAST(count(*) AS TEXT) AS value FROM changes");
                        Ok((tx.stamp().seq.get(), rows.concat()))
                    });
                    assert_eq!(rows, (head + 1).to_string(), "a number was seen before a smaller one");
                }
            });
            let writer = || (0..50).map(|_| change(&store, touch_something).expect("it commits")).collect::<Vec<_>>();
            let writers: Vec<_> = (0..8).map(|_| threads.spawn(writer)).collect();
            let given = writers.into_iter().map(|thread| thread.join().expect("no writer panics")).collect::<Vec<_>>();
            done.store(true, Ordering::SeqCst);
            observer.join().expect("the observer saw no gap");
            assert!(given.iter().all(|own| own.is_sorted()), "a thread's changes are in its order");
            given.concat()
        });
        let given: BTreeSet<i64> = given.into_iter().collect();
        assert!(given.into_iter().eq(1..=400));
        assert!(numbers(&store).into_iter().eq(0..=400));
    }

    // Covers: G11
    #[test]
    fn a_change_takes_the_time_of_the_clock_it_was_given(backend) {
        let database = TestDatabase::migrated(backend);
        let clock = Clock::default();
        let store = database.open(&clock);
        let now = || change(&store, |change| Ok(change.now())).expect("it answers");
        let before = now();
        clock.advance(Duration::from_hours(24));
        let later = now();
        assert!(later >= before.plus(Duration::from_hours(24)), "{before} {later}");
        assert!(store.now().expect("it answers") >= later);
        assert!(log(&store).now >= later);
    }
}
