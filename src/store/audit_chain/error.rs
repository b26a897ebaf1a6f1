//! Why the chain of audit events was not moved.

use thiserror::Error;

use crate::{
    crypto::{random::RandomUnavailable, sealed::SealError},
    store,
};

/// Why the chain was not moved.
#[derive(Debug, Error)]
pub enum ChainError {
    /// Those of the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The key of the chain cannot be made or opened.
    #[error("the key of the audit chain: {0}")]
    Key(#[from] SealError),
    /// The head does not carry the code that only a holder of the master key can make, or has no key at all.
    #[error("the head of the audit chain was changed by something else; run `keystead audit verify`")]
    HeadForged,
    /// Events are sealed and there is no head.
    #[error("the head of the audit chain is gone; run `keystead audit verify`")]
    HeadGone,
    /// A head that was genuine once was put back.
    #[error(
        "the head of the audit chain is behind what is sealed: it was put back to an older state; run `keystead audit verify`, then `keystead audit resume`"
    )]
    HeadBehind,
    /// A head that needs no replacement.
    #[error("the head of the audit chain is genuine, and sealing goes on from it; there is nothing to resume")]
    HeadGenuine,
    /// Another process moves the head.
    #[error("another process moves the head of the audit chain at this moment; try again")]
    HeadBusy,
    /// An event that is old enough to go does not fit its seal.
    #[error("the audit chain is broken at position {0}, and nothing is deleted from it; run `keystead audit verify`")]
    Broken(i64),
}

impl From<diesel::result::Error> for ChainError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<RandomUnavailable> for ChainError {
    fn from(_: RandomUnavailable) -> Self {
        Self::Store(store::Error::NoRandomness)
    }
}
