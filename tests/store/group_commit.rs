//! Changes of SQLite that share a commit: one sync for all, and yet each is kept or refused by itself, none is confirmed
//! before the commit, and none outlives a commit that fails.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::{JoinHandle, yield_now},
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection as _;
use keystead::{
    domain::{change::Subject, ids::SpaceId, sequence::Seq},
    store::{Change, Error, QueryLog, Store, StoreOptions, change_log::HeadReader, transaction::Reads as _},
};

use crate::{
    sql::count,
    support::backend::{Backend, TestDatabase},
    world::{change, snapshot},
};

/// Nobody gives up while a test arranges who waits for whom.
const PATIENCE: Duration = Duration::from_mins(1);

struct Site {
    database: TestDatabase,
    store: Store,
    log: QueryLog,
}

impl Site {
    fn new() -> Self {
        let database = TestDatabase::migrated(Backend::Sqlite);
        let log = QueryLog::default();
        let options = StoreOptions {
            connect_timeout: PATIENCE,
            query_log: Some(log.clone()),
            ..StoreOptions::new(database.url.clone())
        };
        let store = Store::open(options).expect("the database opens");
        Self { database, store, log }
    }

    fn head(&self) -> i64 {
        HeadReader::new(self.store.clone()).read(Seq::ZERO).expect("it answers").head.get()
    }

    fn logged(&self, statement: &str) -> usize {
        self.log.take().iter().filter(|logged| *logged == statement).count()
    }

    /// Runs `first`, and while it lasts as many changes as `others` has; all are one batch, `first` before the others.
    /// Answers what they answered; nothing for one that panicked.
    fn batch<T: Send>(
        &self,
        first: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send,
        others: usize,
        other: impl Fn(usize, &mut Change<'_>) -> Result<T, Error> + Sync,
    ) -> Vec<Option<Result<T, Error>>> {
        let begun = Barrier::new(others + 1);
        std::thread::scope(|threads| {
            let first = threads.spawn(|| {
                change(&self.store, |change| {
                    begun.wait();
                    self.wait_until_waiting(others);
                    first(change)
                })
            });
            let others: Vec<_> = (0..others)
                .map(|number| {
                    let (begun, other) = (&begun, &other);
                    threads.spawn(move || {
                        begun.wait();
                        catch_unwind(AssertUnwindSafe(|| change(&self.store, |change| other(number, change)))).ok()
                    })
                })
                .collect();
            let mut answers = vec![first.join().ok()];
            answers.extend(others.into_iter().map(|thread| thread.join().expect("panics are caught")));
            answers
        })
    }

    fn wait_until_waiting(&self, number: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.store.changes_waiting() < number {
            assert!(Instant::now() < deadline, "{} of {number} wait", self.store.changes_waiting());
            yield_now();
        }
    }
}

fn touch(change: &mut Change<'_>) -> Result<i64, Error> {
    let space: SpaceId = change.new_id();
    change.touch(Subject::Space(space))?;
    Ok(change.seq().get())
}

fn refused(change: &mut Change<'_>) -> Result<i64, Error> {
    touch(change)?;
    Err(Error::NoRandomness)
}

/// A row that refers to nothing, found only by the commit.
fn spoil_the_commit(change: &mut Change<'_>) -> Result<i64, Error> {
    change.db().batch_execute(
        "PRAGMA defer_foreign_keys = ON; \
         INSERT INTO audiences (audience, resource_server_id) VALUES ('https://nobody.example.com', X'00');",
    )?;
    touch(change)
}

fn numbers(answers: Vec<Option<Result<i64, Error>>>) -> Vec<i64> {
    let mut numbers: Vec<i64> = answers.into_iter().flatten().filter_map(Result::ok).collect();
    numbers.sort_unstable();
    numbers
}

// Covers: I9
#[test]
fn changes_that_wait_for_each_other_share_one_commit_and_have_a_number_each() {
    let site = Site::new();
    drop(site.log.take());
    let answers = site.batch(touch, 7, |_, change| touch(change));
    assert_eq!(numbers(answers), (1..=8).collect::<Vec<_>>());
    assert_eq!(site.logged("COMMIT"), 1);
    assert_eq!((count(&site.database, "changes WHERE seq > 0"), site.head()), (8, 8));
}

// Covers: I9
#[test]
fn nobody_sees_a_number_before_the_commit_and_everybody_before_the_answer() {
    let site = Site::new();
    let seen = |change: &mut Change<'_>| {
        assert_eq!(site.head(), 0, "the rows of change {} are not committed", change.seq().get());
        touch(change)
    };
    let answers = site.batch(seen, 3, |_, change| seen(change));
    assert_eq!(numbers(answers), [1, 2, 3, 4]);
    let largest = AtomicI64::new(4);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..25 {
                    let own = change(&site.store, touch).expect("it commits");
                    largest.fetch_max(own, Ordering::SeqCst);
                    let (stamp, head) = (snapshot(&site.store, |tx| Ok(tx.stamp().seq.get())), site.head());
                    assert!(stamp >= own && head >= own, "{own} was confirmed; {stamp} and {head} were seen");
                }
            });
        }
    });
    assert_eq!((largest.into_inner(), site.head()), (204, 204));
}

// Covers: KM-19
#[test]
fn a_refused_change_leaves_nothing_in_the_batch_and_takes_nobody_with_it() {
    let site = Site::new();
    drop(site.log.take());
    let answers = site.batch(touch, 4, |number, change| if number == 2 { refused(change) } else { touch(change) });
    assert!(matches!(answers[3], Some(Err(Error::NoRandomness))), "{answers:?}");
    assert_eq!(numbers(answers), [1, 2, 3, 4], "a refused change uses no number");
    assert_eq!(site.logged("COMMIT"), 1);
    assert_eq!(count(&site.database, "changes WHERE seq > 0"), 4);
}

// Covers: KM-19
#[test]
fn a_batch_of_refused_changes_is_not_committed() {
    let site = Site::new();
    drop(site.log.take());
    let answers = site.batch(refused, 2, |_, change| refused(change));
    assert!(answers.iter().all(|answer| matches!(answer, Some(Err(Error::NoRandomness)))), "{answers:?}");
    assert_eq!((site.logged("COMMIT"), site.head()), (0, 0));
    assert_eq!(change(&site.store, touch).expect("it commits"), 1);
}

// Covers: KM-19
#[test]
fn a_panic_in_one_body_takes_nobody_with_it() {
    let site = Site::new();
    let fault = |change: &mut Change<'_>| {
        touch(change)?;
        resume_unwind(Box::new("a fault in the program"))
    };
    for first_fails in [true, false] {
        let before = site.head();
        let first = |change: &mut Change<'_>| if first_fails { fault(change) } else { touch(change) };
        let answers =
            site.batch(first, 4, |number, change| if number % 2 == 0 { fault(change) } else { touch(change) });
        let panicked = answers.iter().filter(|answer| answer.is_none()).count();
        assert_eq!(panicked, if first_fails { 3 } else { 2 });
        assert_eq!(numbers(answers), (before + 1..=site.head()).collect::<Vec<_>>());
    }
    assert_eq!(site.head(), 5);
}

// Covers: I6
#[test]
fn a_commit_that_fails_is_confirmed_to_nobody_who_shared_it() {
    let site = Site::new();
    let answers = site.batch(touch, 4, |number, change| match number {
        0 => spoil_the_commit(change),
        1 => refused(change),
        _ => touch(change),
    });
    let unavailable = |answer: &Option<Result<i64, Error>>| matches!(answer, Some(Err(Error::Unavailable(_))));
    assert!(answers.iter().all(unavailable), "{answers:?}");
    assert_eq!((count(&site.database, "changes WHERE seq > 0"), count(&site.database, "audiences")), (0, 0));
    assert_eq!(change(&site.store, touch).expect("the next one commits"), 1);
}

// Covers: I6
#[test]
fn a_transaction_that_ends_inside_a_body_is_confirmed_to_nobody_who_shared_it() {
    let site = Site::new();
    let ended = AtomicBool::new(false);
    let answers = site.batch(touch, 4, |_, change| {
        let seq = touch(change)?;
        if !ended.swap(true, Ordering::SeqCst) {
            change.db().batch_execute("ROLLBACK")?;
        }
        Ok(seq)
    });
    let unavailable = answers.iter().filter(|answer| matches!(answer, Some(Err(Error::Unavailable(_))))).count();
    assert_eq!(unavailable, 2, "the first and the one that ended it: {answers:?}");
    assert_eq!(numbers(answers), [1, 2, 3], "whoever comes after them begins another");
    assert_eq!(count(&site.database, "changes WHERE seq > 0"), 3);
}

// Covers: KM-19
#[test]
fn a_stream_of_changes_is_committed_in_batches_of_bounded_size() {
    let site = Site::new();
    drop(site.log.take());
    let answers = site.batch(touch, 99, |_, change| touch(change));
    assert_eq!(numbers(answers), (1..=100).collect::<Vec<_>>());
    assert_eq!(site.logged("COMMIT"), 2, "64 changes and 36");
}

// Covers: I9
#[test]
fn an_upkeep_gets_its_turn_among_changes() {
    let site = Site::new();
    let writers: Vec<JoinHandle<()>> = (0..4)
        .map(|_| {
            let store = site.store.clone();
            std::thread::spawn(move || (0..50).for_each(|_| assert!(change(&store, touch).is_ok())))
        })
        .collect();
    for _ in 0..20 {
        site.store.upkeep(|upkeep| Ok(upkeep.now())).expect("it gets the writer");
    }
    for writer in writers {
        writer.join().expect("no writer panics");
    }
    assert_eq!(site.head(), 200);
}
