//! Checking the chain of audit events against itself, against its head, which only a holder of the master key can have made,
//! and against checkpoints that were kept elsewhere (K12).

mod problem;
mod resume;
mod walk;

use crate::{
    crypto::{audit_chain::AuditKey, sealed::MasterKey},
    domain::{
        audit_chain::{ChainHead, Checkpoint},
        time::Timestamp,
    },
    store::{
        self,
        audit_chain::{self as stored, Backlog, ChainError, StoredHead},
        transaction::Reads,
    },
};

pub use problem::Problem;
pub use resume::{Resumed, resume};
use walk::Walk;

/// Positions that are read at once.
const AT_ONCE: i64 = 2_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Events that were looked at.
    pub events: u64,
    /// The last event that was deleted for its age; the chain begins after it.
    pub kept_after: Checkpoint,
    /// Where the chain ends: a checkpoint to keep.
    pub last: Checkpoint,
    /// When the chain last grew; never, if it has not begun.
    pub sealed_at: Option<Timestamp>,
    /// Events that are not sealed yet, and so not protected.
    pub open: Backlog,
    /// Checkpoints that the chain passes through.
    pub passed: Vec<Checkpoint>,
    /// Checkpoints from before the first event that is kept, which nothing can be said about.
    pub too_old: Vec<Checkpoint>,
    /// What does not fit, by position; the first of it if there is much.
    pub problems: Vec<Problem>,
    /// How much more does not fit.
    pub more_problems: u64,
}

impl Verification {
    /// Whether everything fits.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads all events of one state and computes the chain anew, with little memory. Whatever was edited, deleted, added, moved
/// or cut off past Keystead is a problem of the answer.
///
/// # Errors
/// Those of the database.
pub fn verify(
    tx: &mut impl Reads,
    master: &MasterKey,
    checkpoints: &[Checkpoint],
) -> Result<Verification, store::Error> {
    stored::reading::take_time(tx)?;
    let misshapen = stored::reading::misshapen(tx)?;
    if !misshapen.is_empty() {
        // Values of the wrong kind cannot be told from right ones once they are read.
        let mut walk = Walk::begin(Checkpoint::BEGINNING, &[]);
        for (table, row) in misshapen {
            walk.report(Problem::Misshapen { table, row });
        }
        return Ok(walk.end(None, Backlog::default()));
    }
    let (head, problem) = head(tx, master)?;
    let mut walk = Walk::begin(head.map_or(Checkpoint::BEGINNING, |head| head.kept_after), checkpoints);
    if let Some(problem) = problem {
        walk.report(problem);
    }
    let mut from = Some(i64::MIN);
    while let Some(position) = from
        && let Some(page) = stored::reading::page(tx, position, AT_ONCE)?
    {
        from = page.next;
        walk.go_over(page);
    }
    walk.arrive(head);
    let (all, of_open) = stored::reading::count_mentions(tx)?;
    walk.account_for_mentions(all, of_open);
    walk.account_for_torn(stored::reading::count_torn(tx)?);
    Ok(walk.end(head, stored::backlog(tx)?))
}

/// Where the chain stands, without a walk along it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// Its head, if it has begun and can be read.
    pub head: Option<ChainHead>,
    /// What is wrong with the head.
    pub problem: Option<Problem>,
    /// Events that are not sealed yet.
    pub open: Backlog,
}

/// Where the chain stands.
///
/// # Errors
/// Those of the database.
pub fn state(tx: &mut impl Reads, master: &MasterKey) -> Result<ChainState, store::Error> {
    let (head, problem) = head(tx, master)?;
    Ok(ChainState { head, problem, open: stored::backlog(tx)? })
}

/// The head as far as it can be read, and what is wrong with it.
fn head(tx: &mut impl Reads, master: &MasterKey) -> Result<(Option<ChainHead>, Option<Problem>), store::Error> {
    let found = match stored::find(tx) {
        Ok(found) => found,
        Err(ChainError::Store(error)) => return Err(error),
        Err(_) => return Ok((None, Some(Problem::HeadForged))),
    };
    let Some(StoredHead { head, code, sealed_key }) = found else { return Ok((None, None)) };
    let problem = match sealed_key.map(|sealed| AuditKey::open(head.key, &sealed, master)) {
        None => Some(Problem::KeyGone),
        Some(Err(error)) => Some(Problem::KeyClosed(error)),
        Some(Ok(key)) if key.has_authenticated(&head, &code) => None,
        Some(Ok(_)) => Some(Problem::HeadForged),
    };
    Ok((Some(head), problem))
}

/// The head, if the chain has begun and only a holder of the master key can have moved it.
///
/// # Errors
/// Those of the database; [`ChainError::HeadForged`], [`ChainError::Key`].
pub fn genuine_head(tx: &mut impl Reads, master: &MasterKey) -> Result<Option<ChainHead>, ChainError> {
    match head(tx, master)? {
        (head, None) => Ok(head),
        (_, Some(Problem::KeyClosed(error))) => Err(error.into()),
        (_, Some(_)) => Err(ChainError::HeadForged),
    }
}

/// Whether the chain with this head passes through a checkpoint, judged by the seal that stands there.
///
/// # Errors
/// Those of the database.
pub fn passes_through(tx: &mut impl Reads, head: ChainHead, checkpoint: Checkpoint) -> Result<bool, store::Error> {
    if checkpoint.position > head.last.position {
        // Its head was put back, whatever still stands behind it.
        return Ok(false);
    }
    if checkpoint.position < head.kept_after.position {
        // It was deleted for its age, and with it whatever could be compared.
        return Ok(true);
    }
    if checkpoint.position == head.kept_after.position {
        return Ok(checkpoint == head.kept_after);
    }
    Ok(stored::reading::seal_at(tx, checkpoint.position)? == Some(checkpoint.seal))
}
