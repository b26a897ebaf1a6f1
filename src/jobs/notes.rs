//! Writes down what the requests of this process note: uses and denials for the audit log, and for each pair when it was
//! last used. Within a second; a process that is killed loses no more than that.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use super::{
    JobContext,
    audit_folds::AuditFolds,
    counts::{Job, JobCounts},
    last_use::LastUses,
};
use crate::{
    live::Live,
    oauth::notes::Notes,
    store::{self, Error, Store, pair_uses},
};

const INTERVAL: Duration = Duration::from_secs(1);

/// After a failure: a database that is out of reach is not asked, and the log not written to, every second.
const RETRY: Duration = Duration::from_secs(10);

/// Whoever writes it down.
pub struct Writer {
    live: Arc<Live>,
    notes: Arc<Notes>,
    folds: AuditFolds,
    last_uses: LastUses,
    counts: JobCounts,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows of the audit log.
    pub folds: usize,
    /// Pairs.
    pub pairs: usize,
}

/// The writer at work. Dropping it ends the work after what was noted is written.
pub(super) struct Running {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread.
pub(super) fn start(writer: Writer) -> io::Result<Running> {
    let (stop, stopped) = mpsc::channel();
    let thread = Builder::new().name("keystead-notes".to_owned()).spawn(move || writer.run(&stopped))?;
    Ok(Running { stop: Some(stop), thread: Some(thread) })
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes down uses and denials had failed");
        }
    }
}

impl Writer {
    /// Ready to write.
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn new(context: &JobContext) -> io::Result<Self> {
        Ok(Self {
            live: Arc::clone(&context.live),
            notes: Arc::clone(&context.notes),
            folds: AuditFolds::new().map_err(io::Error::other)?,
            last_uses: LastUses::default(),
            counts: context.counts.clone(),
        })
    }

    /// Writes all that was noted. What cannot be written is kept for the next time.
    ///
    /// # Errors
    /// Those of the database.
    pub fn run_once(&mut self) -> Result<Written, Error> {
        for (fold, tally) in self.notes.take() {
            if let Some(used) = fold.pair_use(&tally) {
                self.last_uses.add(used);
            }
            self.folds.add(fold, tally);
        }
        let store: &Store = self.live.executor().store();
        let folds = self.folds.write(|rows| store::audit_folds::write(store, rows));
        let pairs = self.last_uses.write(|uses| pair_uses::record(store, uses));
        Ok(Written { folds: folds?, pairs: pairs? })
    }

    fn run(mut self, stop: &Receiver<()>) {
        loop {
            let wait = if self.step() { INTERVAL } else { RETRY };
            if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                self.step();
                return;
            }
        }
    }

    /// Whether it succeeded.
    fn step(&mut self) -> bool {
        let written = self.run_once();
        // Nothing to write is what most rounds have; it is no news.
        if matches!(written, Ok(Written { folds: 0, pairs: 0 })) {
            self.counts.note(Job::AuditNotes, true);
        } else {
            self.counts.report(Job::AuditNotes, &written);
        }
        written.is_ok()
    }
}
