//! Asking the database what is new. A request joins only a read that starts after it arrived (the `ReadIndex` idea of the
//! Raft dissertation, section 6.4), so its answer is never older than itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use tokio::{sync::oneshot, time::timeout};

use super::{
    LiveOptions,
    counts::Counts,
    log::{Applied, Log, Moment},
};
use crate::store::{Error, Store, change_log::HeadReader};

/// How long a request waits for a read of a database on the network.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to the present.
pub(super) struct Head {
    log: Arc<Log>,
    max_stale: Duration,
    last_success: Mutex<Option<Instant>>,
    source: Source,
}

enum Source {
    /// The read costs microseconds: it is made where it is needed.
    Embedded(Vec<Mutex<Reader>>),
    /// The read crosses a network: one thread makes it for all who wait.
    Shared(Arc<Waiting>),
}

struct Reader {
    store: Store,
    head: HeadReader,
    log: Arc<Log>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Waiting {
    requests: Mutex<Requests>,
    arrival: Condvar,
}

#[derive(Default)]
struct Requests {
    waiting: Vec<oneshot::Sender<Result<Moment, String>>>,
    closed: bool,
}

impl Head {
    pub(super) fn start(
        store: &Store,
        log: Arc<Log>,
        counts: &Arc<Counts>,
        options: LiveOptions,
    ) -> Result<Self, Error> {
        let reader = || Reader {
            store: store.clone(),
            head: HeadReader::new(store.clone()),
            log: Arc::clone(&log),
            counts: Arc::clone(counts),
        };
        let source = if store.is_embedded() {
            Source::Embedded((0..options.head_readers.max(1)).map(|_| Mutex::new(reader())).collect())
        } else {
            let waiting = Arc::new(Waiting::default());
            let (served, reader) = (Arc::clone(&waiting), reader());
            let thread = std::thread::Builder::new().name("keystead-head".to_owned());
            let started = thread.spawn(move || serve(&served, reader));
            started.map_err(|error| Error::Unavailable(format!("no thread for reading the head: {error}")))?;
            Source::Shared(waiting)
        };
        Ok(Self { log, max_stale: options.max_stale, last_success: Mutex::new(None), source })
    }

    pub(super) async fn now(&self) -> Result<Moment, Error> {
        let read = match &self.source {
            Source::Embedded(readers) => read_in_place(readers),
            Source::Shared(waiting) => waiting.join().await,
        };
        if self.max_stale.is_zero() { read } else { self.tolerate(read) }
    }

    /// What the operator allowed by `freshness.max_stale`: the last known state, if it is not older than that.
    fn tolerate(&self, read: Result<Moment, Error>) -> Result<Moment, Error> {
        let mut last_success = self.last_success.lock();
        match read {
            Ok(moment) => {
                *last_success = Some(Instant::now());
                Ok(moment)
            }
            Err(error) => match *last_success {
                Some(then) if then.elapsed() <= self.max_stale => Ok(self.log.present()),
                _ => Err(error),
            },
        }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        if let Source::Shared(waiting) = &self.source {
            waiting.requests.lock().closed = true;
            waiting.arrival.notify_all();
        }
    }
}

fn read_in_place(readers: &[Mutex<Reader>]) -> Result<Moment, Error> {
    let free = readers.iter().find_map(Mutex::try_lock);
    let reader = free.or_else(|| readers.first().map(Mutex::lock));
    reader.map_or_else(|| Err(Error::Unavailable("no head reader".to_owned())), |mut reader| reader.read())
}

impl Reader {
    fn read(&mut self) -> Result<Moment, Error> {
        let read = self.read_and_apply();
        let counter = if read.is_ok() { &self.counts.head_reads } else { &self.counts.head_failures };
        counter.inc();
        read
    }

    fn read_and_apply(&mut self) -> Result<Moment, Error> {
        loop {
            let asked = self.log.present();
            let read = self.head.read(asked.seq)?;
            let new = read.changes.len().saturating_sub(1);
            if new > 0 {
                self.counts.changes.inc_by(u64::try_from(new).unwrap_or_default());
            }
            match self.log.apply(read, asked) {
                Applied::Present(moment) => return Ok(moment),
                Applied::ReadAgain => {}
                Applied::LoadAnew => {
                    self.counts.loaded_anew.inc();
                    tracing::warn!("the change log does not continue what was applied; loading everything anew");
                    return self.log.load_anew(&self.store, asked);
                }
            }
        }
    }
}

impl Waiting {
    async fn join(&self) -> Result<Moment, Error> {
        let (sender, receiver) = oneshot::channel();
        self.requests.lock().waiting.push(sender);
        self.arrival.notify_one();
        match timeout(PATIENCE, receiver).await {
            Ok(Ok(read)) => read.map_err(Error::Unavailable),
            Ok(Err(_)) => Err(Error::Unavailable("the reader of the head has stopped".to_owned())),
            Err(_) => Err(Error::Unavailable("the database did not answer in time".to_owned())),
        }
    }
}

/// The thread of [`Source::Shared`]: takes all who wait, reads once, answers all.
fn serve(waiting: &Waiting, mut reader: Reader) {
    loop {
        let batch = {
            let mut requests = waiting.requests.lock();
            while requests.waiting.is_empty() && !requests.closed {
                waiting.arrival.wait(&mut requests);
            }
            if requests.closed {
                return;
            }
            std::mem::take(&mut requests.waiting)
        };
        let read = reader.read().map_err(|error| error.to_string());
        for request in batch {
            // A receiver that is gone has stopped waiting.
            let _ = request.send(read.clone());
        }
    }
}
