//! Changes that share one commit. On SQLite all changes take turns on the one connection that writes; if each waited for
//! its own sync of the disk, the disk would set the pace.
//!
//! A batch is an open transaction that goes from caller to caller. Each runs its change inside a savepoint, so that a
//! refused one leaves nothing. It then leaves the batch to the next who waits; if nobody waits, it commits for all. Everyone
//! answers after the commit and shares its fate, also who was refused: the rows that refused it may be those of the batch.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use diesel::connection::SimpleConnection;
use parking_lot::{Condvar, Mutex};
use r2d2::PooledConnection;

use super::{
    connection::{Manager, Store},
    db::Db,
    error::Error,
    transaction::{begin_write, commit, undo},
};

/// After so many changes a batch is committed although others wait, else a stream without end would keep its first change
/// waiting.
const MOST_CHANGES: usize = 64;

const ENTER: &str = "SAVEPOINT change";
const KEEP: &str = "RELEASE change";
const DROP: &str = "ROLLBACK TO change; RELEASE change";

/// Who has the turn, and who waits for what.
pub(super) struct GroupCommit {
    patience: Duration,
    state: Mutex<State>,
    turn_is_free: Condvar,
    batch_has_ended: Condvar,
}

/// A batch that is open belongs to nobody for a moment only: it is left when somebody waits, and whoever waits either takes
/// it or gives up while another has the turn.
#[derive(Default)]
struct State {
    taken: bool,
    waiting: usize,
    open: Option<Batch>,
}

/// An open transaction with the changes made in it.
struct Batch {
    connection: PooledConnection<Manager>,
    changes: usize,
    /// Whether a change is to be committed.
    kept: bool,
    end: End,
}

/// How a batch ended, once it has: why nothing of it was kept, if so.
type End = Arc<OnceLock<Result<(), String>>>;

/// The right to use the writer. It is given back however it is lost.
struct Turn<'a> {
    group: &'a GroupCommit,
    held: bool,
}

impl GroupCommit {
    /// A group in which a caller waits for its turn for at most `patience`.
    pub(super) fn new(patience: Duration) -> Self {
        let (turn_is_free, batch_has_ended) = (Condvar::new(), Condvar::new());
        Self { patience, state: Mutex::default(), turn_is_free, batch_has_ended }
    }

    /// How many callers wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting
    }

    /// Runs `work` as one change; it answers whether to keep what it wrote.
    pub(super) fn run<T, E: From<Error>>(
        &self,
        store: &Store,
        work: impl FnOnce(&mut Db) -> Result<(T, bool), E>,
    ) -> Result<T, E> {
        let (turn, open) = self.wait_for_turn()?;
        let mut batch = match open {
            Some(batch) => batch,
            None => Batch::begin(store)?,
        };
        let answer = batch.run(work);
        let end = Arc::clone(&batch.end);
        turn.leave(batch);
        let answer = answer.unwrap_or_else(|panic| resume_unwind(panic));
        self.wait_for(&end)?;
        answer
    }

    fn wait_for_turn(&self) -> Result<(Turn<'_>, Option<Batch>), Error> {
        let mut state = self.state.lock();
        state.waiting += 1;
        self.turn_is_free.wait_while_for(&mut state, |state| state.taken, self.patience);
        state.waiting -= 1;
        if state.taken {
            return Err(Error::Unavailable("other changes kept the database busy".to_owned()));
        }
        state.taken = true;
        Ok((Turn { group: self, held: true }, state.open.take()))
    }

    fn wait_for(&self, end: &End) -> Result<(), Error> {
        let mut state = self.state.lock();
        loop {
            match end.get() {
                Some(Ok(())) => return Ok(()),
                Some(Err(why)) => return Err(Error::Unavailable(why.clone())),
                None => self.batch_has_ended.wait(&mut state),
            }
        }
    }
}

impl Turn<'_> {
    /// Leaves the batch to the next, or ends it.
    fn leave(mut self, batch: Batch) {
        let mut state = self.group.state.lock();
        if state.waiting > 0 && batch.may_grow() {
            state.open = Some(batch);
            state.taken = false;
            self.held = false;
            drop(state);
            self.group.turn_is_free.notify_one();
            return;
        }
        drop(state);
        batch.finish();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.held {
            self.group.state.lock().taken = false;
            self.group.turn_is_free.notify_one();
            self.group.batch_has_ended.notify_all();
        }
    }
}

impl Batch {
    fn begin(store: &Store) -> Result<Self, Error> {
        let (connection, ()) = store.writer_after(begin_write)?;
        Ok(Self { connection, changes: 0, kept: false, end: End::default() })
    }

    /// Runs one change. A panic of its body is caught so that it takes nothing of the others with it.
    fn run<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<(T, bool), E>,
    ) -> thread::Result<Result<T, E>> {
        self.changes += 1;
        let db = &mut *self.connection;
        if let Err(error) = db.batch_execute(ENTER) {
            self.lose(&error.into());
            return Ok(Err(Error::Unavailable("a change could not be begun".to_owned()).into()));
        }
        let answer = catch_unwind(AssertUnwindSafe(|| work(db)));
        let keep = matches!(answer, Ok(Ok((_, true))));
        match db.batch_execute(if keep { KEEP } else { DROP }) {
            Ok(()) => self.kept |= keep,
            // SQLite has ended the transaction, or the connection is of no more use.
            Err(error) => self.lose(&error.into()),
        }
        answer.map(|result| result.map(|(value, _)| value))
    }

    fn may_grow(&self) -> bool {
        self.changes < MOST_CHANGES && self.end.get().is_none()
    }

    /// Nothing of the batch will be kept.
    fn lose(&self, error: &Error) {
        self.end.get_or_init(|| Err(format!("{error}; a change and all that shared its commit were undone")));
    }

    /// Commits what is to be kept. The connection is then free for whoever has the next turn.
    fn finish(mut self) {
        let db = &mut *self.connection;
        let lost = self.end.get().is_some();
        let done = if self.kept && !lost { commit(db, Ok(())) } else { undo(db, Ok(())) };
        match done {
            Ok(()) => drop(self.end.set(Ok(()))),
            Err(error) => self.lose(&error),
        }
    }
}

impl Drop for Batch {
    /// A batch that nobody ended is lost, and its connection, which the pool finds inside a transaction, goes with it.
    fn drop(&mut self) {
        self.lose(&Error::Unavailable("the batch was abandoned".to_owned()));
    }
}

impl fmt::Debug for GroupCommit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GroupCommit").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
