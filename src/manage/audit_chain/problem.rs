//! What can be wrong with the chain, in words for whoever investigates it.

use thiserror::Error;

use crate::{
    crypto::sealed::SealError,
    domain::{audit_chain::Checkpoint, ids::AuditEventId},
};

/// Something that Keystead did not do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// A gap.
    #[error("positions {from} to {to} are missing")]
    Missing {
        /// First of the gap.
        from: i64,
        /// Last of the gap.
        to: i64,
    },
    /// Two events at one position, or one where events were deleted for their age.
    #[error("position {position}: {event} does not belong there")]
    Surplus {
        /// Where.
        position: i64,
        /// Which.
        event: AuditEventId,
    },
    /// The seal does not fit the event and what is before it.
    #[error("position {position}: {event} does not fit its seal; it was changed, or what stands before it")]
    Changed {
        /// Where.
        position: i64,
        /// Which.
        event: AuditEventId,
    },
    /// The rows by which an event is found are others than the event says.
    #[error("position {position}: {event} is found by other things than it is about")]
    Mentions {
        /// Where.
        position: i64,
        /// Which.
        event: AuditEventId,
    },
    /// Rows by which events are found that belong to none; a negative number if one belongs to several.
    #[error("{0} rows of audit_mentions belong to no event")]
    StrayMentions(i64),
    /// Seals without position.
    #[error("{0} events have a seal and no position")]
    Torn(i64),
    /// A value that is not of the kind of its column.
    #[error("table {table}, row {row}: a value is not of the kind of its column")]
    Misshapen {
        /// Which table.
        table: &'static str,
        /// SQLite's number of the row.
        row: i64,
    },
    /// Sealed events without head.
    #[error("there is no head")]
    HeadGone,
    /// A head that nobody with the key made.
    #[error("the head was not made by Keystead")]
    HeadForged,
    /// A head whose key is gone.
    #[error("the key of the head is gone")]
    KeyGone,
    /// A key that the master key does not open.
    #[error("the key of the head: {0}")]
    KeyClosed(SealError),
    /// The head names another end.
    #[error("the chain ends at {last}, and its head says {head}")]
    End {
        /// What the head says.
        head: Checkpoint,
        /// What the last event says.
        last: Checkpoint,
    },
    /// The chain was another one when the checkpoint was taken.
    #[error("the chain does not pass through the checkpoint {0}")]
    OffCheckpoint(Checkpoint),
    /// The chain was longer when the checkpoint was taken.
    #[error("the chain ends before the checkpoint {0}")]
    BeforeCheckpoint(Checkpoint),
}

impl Problem {
    /// A word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Surplus { .. } => "surplus",
            Self::Changed { .. } => "changed",
            Self::Mentions { .. } => "mentions",
            Self::StrayMentions(_) => "stray_mentions",
            Self::Torn(_) => "torn",
            Self::Misshapen { .. } => "misshapen",
            Self::HeadGone => "head_gone",
            Self::HeadForged => "head_forged",
            Self::KeyGone => "key_gone",
            Self::KeyClosed(_) => "key_closed",
            Self::End { .. } => "end",
            Self::OffCheckpoint(_) => "off_checkpoint",
            Self::BeforeCheckpoint(_) => "before_checkpoint",
        }
    }

    /// Where in the chain, if it is in one place.
    #[must_use]
    pub const fn position(&self) -> Option<i64> {
        match self {
            Self::Missing { from: position, .. }
            | Self::Surplus { position, .. }
            | Self::Changed { position, .. }
            | Self::Mentions { position, .. } => Some(*position),
            Self::OffCheckpoint(checkpoint) | Self::BeforeCheckpoint(checkpoint) => Some(checkpoint.position),
            _ => None,
        }
    }

    /// Which event, if it is one.
    #[must_use]
    pub const fn event(&self) -> Option<AuditEventId> {
        match self {
            Self::Surplus { event, .. } | Self::Changed { event, .. } | Self::Mentions { event, .. } => Some(*event),
            _ => None,
        }
    }
}
