//! The threads that hash passwords: as many as may hash at the same time, with a bounded queue before them and a priority
//! below everything else, so that a flood of logins takes the time that nobody needs. They are threads of their own because
//! each keeps the memory that it once used: on threads that come and go, that would be many times the bound.

use std::{
    fmt,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

/// How far below other threads they stand; 19 would be the farthest.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Runs what it is given, one piece on each thread. The threads end with the last clone.
#[derive(Clone)]
pub(super) struct HashingThreads {
    /// Whatever runs or waits holds one.
    admission: Arc<Semaphore>,
    most: usize,
    jobs: mpsc::Sender<Job>,
}

/// Why something was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotRun {
    /// So many run and wait that this one must come back later.
    Busy,
    /// No thread is left.
    Ended,
}

impl fmt::Debug for HashingThreads {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HashingThreads")
    }
}

impl HashingThreads {
    /// So many threads; `queue` more pieces of work may wait.
    pub(super) fn start(threads: NonZeroUsize, queue: usize) -> Self {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads.get() {
            let waiting = Arc::clone(&waiting);
            let started =
                thread::Builder::new().name("keystead-passwords".to_owned()).spawn(move || take_turns(&waiting));
            if let Err(error) = started {
                tracing::error!(%error, "a thread that checks passwords could not be started; fewer are checked at a time");
            }
        }
        let admitted = threads.get().saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self { admission: Arc::new(Semaphore::new(admitted)), most: admitted, jobs }
    }

    /// How many pieces of work run or wait.
    pub(super) fn admitted(&self) -> usize {
        self.most.saturating_sub(self.admission.available_permits())
    }

    /// Runs `work` when its turn comes. If nobody waits for the result any more by then, it is not done.
    ///
    /// # Errors
    /// [`NotRun`].
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotRun> {
        let place = Arc::clone(&self.admission).try_acquire_owned().map_err(|_| NotRun::Busy)?;
        let (answer, answered) = oneshot::channel();
        let job = move || {
            let result = (!answer.is_closed()).then(work);
            // Whoever hears the result finds the place free.
            drop(place);
            if let Some(result) = result {
                answer.send(result).ok();
            }
        };
        self.jobs.send(Box::new(job)).map_err(|_| NotRun::Ended)?;
        answered.await.map_err(|_| NotRun::Ended)
    }
}

fn take_turns(waiting: &Mutex<mpsc::Receiver<Job>>) {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the threads that check passwords keep their usual priority");
    }
    loop {
        let job = waiting.lock().recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("checking a password panicked; please report this as a defect");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;

    /// Work that goes on until it is released, and that says when it began.
    struct Held {
        release: mpsc::Sender<()>,
        released: Arc<Mutex<mpsc::Receiver<()>>>,
        began: mpsc::Sender<()>,
        has_begun: mpsc::Receiver<()>,
    }

    impl Held {
        fn new() -> Self {
            let (release, released) = mpsc::channel();
            let (began, has_begun) = mpsc::channel();
            Self { release, released: Arc::new(Mutex::new(released)), began, has_begun }
        }

        fn work(&self) -> impl FnOnce() + Send + 'static {
            let (released, began) = (Arc::clone(&self.released), self.began.clone());
            move || {
                began.send(()).expect("the test waits");
                released.lock().recv().expect("the test releases it");
            }
        }
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
    }

    fn threads(threads: usize, queue: usize) -> HashingThreads {
        HashingThreads::start(NonZeroUsize::new(threads).expect("some"), queue)
    }

    // Covers: P4
    #[test]
    fn beyond_the_threads_and_the_queue_everyone_is_told_to_come_back() {
        block_on(async {
            let (threads, held) = (threads(2, 1), Held::new());
            let mut waiting = Vec::new();
            for _ in 0..3 {
                let mut run = Box::pin(threads.run(held.work()));
                assert!((&mut run).now_or_never().is_none());
                waiting.push(run);
            }
            for _ in 0..7 {
                assert_eq!(threads.run(|| ()).now_or_never(), Some(Err(NotRun::Busy)));
            }
            for _ in 0..3 {
                held.release.send(()).expect("somebody waits");
            }
            for run in waiting {
                assert_eq!(run.await, Ok(()));
            }
            assert_eq!(threads.run(|| 7).await, Ok(7));
        });
    }

    // Covers: P4
    #[test]
    fn what_nobody_waits_for_keeps_its_place_and_is_not_done() {
        block_on(async {
            let (threads, held, done) = (threads(1, 1), Held::new(), Arc::new(AtomicUsize::new(0)));
            let mut running = Box::pin(threads.run(held.work()));
            assert!((&mut running).now_or_never().is_none());
            held.has_begun.recv().expect("it begins");
            let counter = Arc::clone(&done);
            let mut abandoned = Box::pin(threads.run(move || counter.fetch_add(1, Ordering::SeqCst)));
            assert!((&mut abandoned).now_or_never().is_none());
            drop(abandoned);
            assert_eq!(threads.run(|| ()).now_or_never(), Some(Err(NotRun::Busy)), "its place is not free yet");
            held.release.send(()).expect("somebody waits");
            assert_eq!(running.await, Ok(()));
            while threads.run(|| ()).await == Err(NotRun::Busy) {}
            assert_eq!(done.load(Ordering::SeqCst), 0);
        });
    }

    #[test]
    fn a_panic_ends_the_work_and_not_the_thread() {
        block_on(async {
            let threads = threads(1, 0);
            assert_eq!(threads.run(|| panic!("on purpose")).await, Err::<(), _>(NotRun::Ended));
            while threads.run(|| ()).await == Err(NotRun::Busy) {}
            assert_eq!(threads.run(|| 7).await, Ok(7));
        });
    }
}
