//! Remembers points of the audit chain outside the database: in the log, and in a file of the data folder.

use thiserror::Error;

use crate::{
    config::{CheckpointFile, CheckpointFileError},
    domain::audit_chain::Checkpoint,
    manage::audit_chain::passes_through,
    store::{
        Store,
        audit_chain::{ChainError, find},
    },
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

    /// Remembers where the chain ends now, unless it left the point that was remembered before: that one is kept then.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn remember(&mut self, store: &Store) -> Result<(), CheckpointError> {
        let before = match &self.file {
            Some(file) => file.read()?,
            None => self.last,
        };
        if let Some(before) = before
            && !store.snapshot(|tx| passes_through(tx, before))?
        {
            let place = self.file.as_ref().map(|file| file.path().display().to_string());
            return Err(CheckpointError::RolledBack(before, place.unwrap_or_else(|| "the process".to_owned())));
        }
        let Some(now) = end(store)? else { return Ok(()) };
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
/// Those of the database.
pub fn log(store: &Store) -> Result<(), CheckpointError> {
    if let Some(Checkpoint { position, seal }) = end(store)? {
        tracing::info!(audit_position = position, audit_seal = %seal, "checkpoint of the audit chain");
    }
    Ok(())
}

/// Where the chain ends, if it has begun.
fn end(store: &Store) -> Result<Option<Checkpoint>, ChainError> {
    let head = store.snapshot(|tx| find(tx))?;
    Ok(head.map(|stored| stored.head.last).filter(|last| *last != Checkpoint::BEGINNING))
}
