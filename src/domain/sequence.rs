//! The number that orders all changes, and the mark that tells one history from another.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Position in the change log. Everything that outlives a request carries the one it was made at.
///
/// Sequence numbers, not seconds: two events in one second cannot tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(i64);

impl Seq {
    /// Before every change; as a cut-off it cuts nothing off.
    pub const ZERO: Self = Self(0);

    /// The position with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number, as tables and tokens hold it.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// 16 random bytes that every change carries. If the row at a known [`Seq`] has another mark, history was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(pub [u8; 16]);
