//! The executor: as much at once as there are connections, and an early no to the rest.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
};

use futures_util::future::join_all;
use keystead::store::{Error, Executor, Store, StoreOptions};
use tokio::runtime::{Builder, Runtime};

use crate::support::backend::TestDatabase;

const PERMITS: usize = 3;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime starts")
}

/// Two connections, which makes three permits.
fn executor(database: &TestDatabase) -> Executor {
    let options = StoreOptions { connections: 2, ..StoreOptions::new(database.url.clone()) };
    Executor::new(Store::open(options).expect("it opens"))
}

crate::on_both! {
    // Covers: G4
    #[test]
    fn work_runs_on_the_store_and_brings_back_its_own_errors(backend) {
        let database = TestDatabase::migrated(backend);
        let executor = executor(&database);
        let (stamp, error) = runtime().block_on(async {
            let stamp = executor.run(|store| store.snapshot(|tx| Ok::<_, Error>(tx.stamp().seq.get()))).await;
            (stamp, executor.run(|_| Err::<(), _>(Error::Duplicate)).await)
        });
        assert_eq!(stamp.expect("it answers"), 0);
        assert!(matches!(error, Err(Error::Duplicate)), "{error:?}");
    }

    // Covers: G4
    #[test]
    fn as_much_runs_at_once_as_there_are_permits_and_no_more(backend) {
        let database = TestDatabase::migrated(backend);
        let executor = executor(&database);
        let together = Arc::new(Barrier::new(PERMITS));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = (0..PERMITS * 4).map(|_| {
            let (together, running, most) = (Arc::clone(&together), Arc::clone(&running), Arc::clone(&most));
            executor.run(move |_| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                together.wait();
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Error>(())
            })
        });
        let results = runtime().block_on(join_all(work));
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(most.load(Ordering::SeqCst), PERMITS);
    }

    // Covers: G4
    #[test]
    fn a_full_executor_says_no_and_takes_work_again_when_there_is_room(backend) {
        let database = TestDatabase::migrated(backend);
        let executor = executor(&database);
        let (release, wait) = channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let held = (0..PERMITS).map(|_| {
            let wait = Arc::clone(&wait);
            executor.run(move |_| Ok::<_, Error>(wait.lock().expect("nobody panics").recv().is_ok()))
        });
        let one_too_many = async {
            let refusal = executor.run(|_| Ok::<_, Error>(())).await;
            for _ in 0..PERMITS {
                release.send(()).expect("the work waits");
            }
            refusal
        };
        let (held, refusal) = runtime().block_on(async { tokio::join!(join_all(held), one_too_many) });
        assert!(matches!(refusal, Err(Error::Unavailable(_))), "{refusal:?}");
        assert!(held.into_iter().all(|result| result.is_ok_and(|released| released)));
        runtime().block_on(executor.run(Store::now)).expect("there is room");
    }

    // Covers: G4
    #[test]
    fn work_that_panics_is_an_error_and_gives_its_place_back(backend) {
        let database = TestDatabase::migrated(backend);
        let executor = executor(&database);
        let runtime = runtime();
        for _ in 0..=PERMITS {
            let panicked = runtime.block_on(executor.run(|store| -> Result<(), Error> {
                store.snapshot(|_| resume_unwind(Box::new("a fault in the program")))
            }));
            assert!(matches!(panicked, Err(Error::Unavailable(_))), "{panicked:?}");
        }
        runtime.block_on(executor.run(Store::now)).expect("it goes on");
    }
}
