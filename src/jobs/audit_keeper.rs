//! The thread that looks after the audit chain: seals what was committed, remembers checkpoints, deletes what is too old. It is
//! apart from the other jobs, so that none of them keeps events unsealed.

use std::{
    fmt::{Debug, Display},
    io,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    audit_checkpoints::{self, Checkpoints},
    audit_retention, audit_sealing,
    counts::{Job, JobCounts},
};
use crate::{
    config::CheckpointFile,
    crypto::sealed::MasterKey,
    store::{Error, Store, audit_chain::ChainError},
};

/// What was committed is sealed within a second.
const SEALING_INTERVAL: Duration = Duration::from_millis(500);
/// After a failure: a database that is out of reach is not asked, and the log not written to, twice a second.
const SEALING_RETRY: Duration = Duration::from_secs(10);
const REMEMBER_INTERVAL: Duration = Duration::from_mins(1);
const LOG_INTERVAL: Duration = Duration::from_mins(10);
const RETENTION_INTERVAL: Duration = Duration::from_mins(10);
/// While there is more to delete; changes get their turn in between.
const RETENTION_PAUSE: Duration = Duration::from_secs(1);

/// What the keeper works with.
pub struct KeeperContext {
    /// The database.
    pub store: Store,
    /// Opens the key of the chain.
    pub master: Arc<MasterKey>,
    /// Events older than this are deleted; none are, if there is no such age.
    pub retention: Option<Duration>,
    /// Where a checkpoint is kept outside the database.
    pub file: Option<CheckpointFile>,
    /// What is counted.
    pub counts: JobCounts,
}

/// The keeper at work. Dropping it seals what is left, remembers the last checkpoint and ends the thread.
pub struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the operating system gives none.
    pub fn start(context: KeeperContext) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let mut rounds = Rounds::new(context);
        let thread = Builder::new().name("keystead-audit".to_owned()).spawn(move || {
            while stopped.recv_timeout(rounds.pause()) == Err(RecvTimeoutError::Timeout) {
                rounds.go();
            }
            rounds.finish();
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that seals audit events had failed");
        }
    }
}

/// What is due when.
struct Rounds {
    store: Store,
    master: Arc<MasterKey>,
    retention: Option<Duration>,
    checkpoints: Checkpoints,
    counts: JobCounts,
    sealing: Instant,
    remembering: Instant,
    logging: Instant,
    shortening: Instant,
}

impl Rounds {
    fn new(context: KeeperContext) -> Self {
        let KeeperContext { store, master, retention, file, counts } = context;
        let now = Instant::now();
        let (sealing, remembering, logging, shortening) = (now, now, now, now);
        Self {
            store,
            master,
            retention,
            checkpoints: Checkpoints::new(file),
            counts,
            sealing,
            remembering,
            logging,
            shortening,
        }
    }

    /// Until something is due. Sealing always is first.
    fn pause(&self) -> Duration {
        self.sealing.saturating_duration_since(Instant::now())
    }

    fn go(&mut self) {
        let sealed = audit_sealing::run_once(&self.store, &self.master);
        self.report(Job::AuditSealing, &sealed, !matches!(sealed, Ok(0)));
        self.sealing = Instant::now() + if sealed.is_ok() { SEALING_INTERVAL } else { SEALING_RETRY };
        if matches!(sealed, Err(ChainError::Store(Error::Unavailable(_)))) {
            // The database is out of reach, for the rest as well.
            return;
        }
        if Instant::now() >= self.remembering {
            let remembered = self.checkpoints.remember(&self.store, &self.master);
            self.report(Job::AuditCheckpoints, &remembered, false);
            self.remembering = Instant::now() + REMEMBER_INTERVAL;
        }
        if Instant::now() >= self.logging {
            self.report(Job::AuditCheckpoints, &audit_checkpoints::log(&self.store, &self.master), false);
            self.logging = Instant::now() + LOG_INTERVAL;
        }
        if let Some(age) = self.retention
            && Instant::now() >= self.shortening
        {
            let shortened = audit_retention::run_once(&self.store, &self.master, age);
            self.report(Job::AuditRetention, &shortened, true);
            let more = shortened.is_ok_and(|shortened| shortened.more);
            self.shortening = Instant::now() + if more { RETENTION_PAUSE } else { RETENTION_INTERVAL };
        }
    }

    fn finish(mut self) {
        let sealed = audit_sealing::run_once(&self.store, &self.master);
        self.report(Job::AuditSealing, &sealed, true);
        if matches!(sealed, Err(ChainError::Store(Error::Unavailable(_)))) {
            return;
        }
        let remembered = self.checkpoints.remember(&self.store, &self.master);
        self.report(Job::AuditCheckpoints, &remembered, false);
        self.report(Job::AuditCheckpoints, &audit_checkpoints::log(&self.store, &self.master), false);
    }

    /// A failure is always news; what was done only if `news` says so.
    fn report<T: Debug, E: Display>(&self, job: Job, done: &Result<T, E>, news: bool) {
        if news || done.is_err() {
            self.counts.report(job, done);
        } else {
            self.counts.note(job, true);
        }
    }
}
