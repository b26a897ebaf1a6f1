//! Remembers points of the audit chain outside the database: in the log, and in a file of the data folder.

use thiserror::Error;

use crate::{
    config::{CheckpointFile, CheckpointFileError},
    crypto::sealed::MasterKey,
    domain::audit_chain::Checkpoint,
    manage::audit_chain::{genuine_head, passes_through},
    store::{Store, audit_chain::ChainError},
};

/// Why no point was remembered.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// Those of the chain and of the database.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Those of the file.
    #[error(transparent)]
    File(#[from] CheckpointFileError),
    /// The database was replaced by an older state of itself, or somebody cut the chain.
    #[error(
        "the audit chain does not pass through {0} any more: the database was restored from a backup or altered; run `keystead audit verify`, and move {1} away once you know why"
    )]
    RolledBack(Checkpoint, String),
}

/// What is remembered. Without a file it is remembered as long as the process lives.
#[derive(Debug)]
pub struct Checkpoints {
    file: Option<CheckpointFile>,
    last: Option<Checkpoint>,
}

impl Checkpoints {
    /// Remembers in this file, if there is a folder for it.
    #[must_use]
    pub const fn new(file: Option<CheckpointFile>) -> Self {
        Self { file, last: None }
    }

    /// Remembers where the chain ends now, unless its head is not genuine or lies before the point that was remembered, or the
    /// chain left that point: it is kept then.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn remember(&mut self, store: &Store, master: &MasterKey) -> Result<(), CheckpointError> {
        let before = match &self.file {
            Some(file) => file.read()?,
            None => self.last,
        };
        let (end, left) = store.snapshot(|tx| {
            let head = genuine_head(tx, master)?;
            let left = match (before, head) {
                (Some(before), Some(head)) if !passes_through(tx, head, before)? => Some(before),
                (before, None) => before,
                _ => None,
            };
            Ok::<_, ChainError>((head.map(|head| head.last), left))
        })?;
        if let Some(left) = left {
            let place = self.file.as_ref().map(|file| file.path().display().to_string());
            return Err(CheckpointError::RolledBack(left, place.unwrap_or_else(|| "the process".to_owned())));
        }
        let Some(now) = end.filter(|end| *end != Checkpoint::BEGINNING) else { return Ok(()) };
        if before != Some(now)
            && let Some(file) = &self.file
        {
            file.write(now)?;
        }
        self.last = Some(now);
        Ok(())
    }
}

/// Writes into the log where the chain ends now: a log that is kept elsewhere keeps the chain from being replaced as a whole.
///
/// # Errors
/// Those of the database; a head that is not genuine.
pub fn log(store: &Store, master: &MasterKey) -> Result<(), CheckpointError> {
    let head = store.snapshot(|tx| genuine_head(tx, master))?;
    if let Some(Checkpoint { position, seal }) =
        head.map(|head| head.last).filter(|last| *last != Checkpoint::BEGINNING)
    {
        tracing::info!(audit_position = position, audit_seal = %seal, "checkpoint of the audit chain");
    }
    Ok(())
}
