//! The always-fresh view that decisions read.
//!
//! Every request decides at one number H, fixed by [`Live::now`] before its first record is read and at least as new as
//! the request's arrival; everything it uses is valid at H. How that is kept true:
//!
//! 1. [`head`] reads the change log; a request joins only a read that starts after it arrived.
//! 2. [`log`] applies what the read brings: it remembers the last change of every subject.
//! 3. [`record`] caches rows with the number of the state they were loaded from; a record is valid at H if its subject has
//!    not changed since.
//! 4. [`revoked_tokens`] holds tokens that were revoked by themselves.
//!
//! If the row of the last applied change is gone or carries another mark, history was replaced (a restore, a lossy
//! failover) and everything is loaded anew.

pub mod composed;
mod counts;
pub mod head;
pub mod log;
mod parts;
pub mod record;
pub mod records;
pub mod revoked_tokens;
pub mod view;

use std::{sync::Arc, time::Duration};

use prometheus_client::registry::Registry;

use crate::{
    crypto::sealed::MasterKey,
    metrics::reading::Gauge,
    store::{Error, Executor},
};

pub use log::Moment;
pub use view::{Interrupted, View};

/// How the view is kept.
#[derive(Debug, Clone, Copy)]
pub struct LiveOptions {
    /// Records of each kind kept in memory.
    pub records: usize,
    /// How old an answer may be if the database is out of reach; zero means never.
    pub max_stale: Duration,
    /// Connections that read the head of an embedded database at the same time.
    pub head_readers: usize,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self { records: 100_000, max_stale: Duration::ZERO, head_readers: 2 }
    }
}

/// A decision was moved on by concurrent changes this often without coming to an end.
const MOST_RESTARTS: usize = 32;

/// The view. One for each process.
pub struct Live {
    executor: Executor,
    master: Arc<MasterKey>,
    log: Arc<log::Log>,
    head: head::Head,
    records: records::Records,
    counts: Arc<counts::Counts>,
}

impl Live {
    /// Reads what must be in memory before the first decision: the head, unexpired revoked tokens.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub fn start(executor: Executor, master: Arc<MasterKey>, options: LiveOptions) -> Result<Self, Error> {
        let store = executor.store().clone();
        let log = Arc::new(log::Log::load(&store)?);
        let counts = Arc::new(counts::Counts::default());
        let head = head::Head::start(&store, Arc::clone(&log), &counts, options)?;
        let records = records::Records::new(options.records);
        Ok(Self { executor, master, log, head, records, counts })
    }

    /// Registers what the view and its way to the database count.
    pub fn register(&self, registry: &mut Registry) {
        self.executor.store().register(registry);
        self.counts.register(registry);
        let log = Arc::clone(&self.log);
        let read_at = Gauge(move || micros_as_seconds(log.present().now.as_micros()));
        let help = "Time of the database when the change log was last read, in seconds since 1970";
        registry.register("keystead_live_read_timestamp_seconds", help, read_at);
    }

    /// The present: at least as new as the moment of this call.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer in time.
    pub async fn now(&self) -> Result<Moment, Error> {
        self.head.now().await
    }

    /// Decides something at one moment. If the decision meets a record that is newer than its moment, it starts again at
    /// a newer one, so that all it uses belongs together.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub async fn decide<T>(&self, decision: impl AsyncFn(&View<'_>) -> Result<T, Interrupted>) -> Result<T, Error> {
        for _ in 0..MOST_RESTARTS {
            let view = View::new(self, self.now().await?);
            match decision(&view).await {
                Ok(decided) => return Ok(decided),
                Err(Interrupted::Unavailable(error)) => return Err(error),
                Err(Interrupted::Moved) => {}
            }
        }
        Err(Error::Unavailable("the site changes faster than one request can be decided".to_owned()))
    }

    /// A view of a moment that was fixed earlier, for what takes long: what it leads to carries that moment's number, so
    /// that whatever was taken away meanwhile is dead.
    #[must_use]
    pub const fn view_at(&self, moment: Moment) -> View<'_> {
        View::new(self, moment)
    }

    /// The state applied last, without asking the database: for what needs a time and no decision.
    #[must_use]
    pub fn present(&self) -> Moment {
        self.log.present()
    }

    /// The way to the database.
    #[must_use]
    pub const fn executor(&self) -> &Executor {
        &self.executor
    }

    /// What opens peppers and signing keys.
    #[must_use]
    pub const fn master(&self) -> &Arc<MasterKey> {
        &self.master
    }

    /// Forgets revoked tokens that expired long ago.
    pub fn forget_expired(&self) {
        self.log.forget_expired();
    }
}

fn micros_as_seconds(micros: i64) -> f64 {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default()).as_secs_f64()
}
