//! Leaks: secrets of clients that somebody saw where they should not be.

use thiserror::Error;

use super::{
    ids::LeakId,
    key_pair::{PairOwner, PublicId},
    time::Timestamp,
};

/// Most secrets in one report.
pub const MOST_SECRETS: usize = 20;

/// Where a secret was seen, in the words of whoever reports it: 1 to 200 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakSource(String);

/// The text tells no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the source has 1 to {} characters on one line", LeakSource::LONGEST)]
pub struct InvalidLeakSource;

impl LeakSource {
    /// Most characters.
    pub const LONGEST: usize = 200;

    /// Reads it.
    ///
    /// # Errors
    /// [`InvalidLeakSource`] does not repeat the text: it may hold a secret.
    pub fn parse(text: &str) -> Result<Self, InvalidLeakSource> {
        let text = text.trim();
        let fits = (1..=Self::LONGEST).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidLeakSource) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was known of the use of a pair when its leak was reported first and the pair was still there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownUse {
    /// When it was used last.
    pub at: Option<Timestamp>,
    /// From where.
    pub from: Option<String>,
    /// How often in all.
    pub count: i64,
}

/// A pair whose secret was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Identifier.
    pub id: LeakId,
    /// The pair; it may be gone.
    pub pair: PublicId,
    /// Whose it is.
    pub client: PairOwner,
    /// When it was reported first.
    pub reported_at: Timestamp,
    /// When it was reported last.
    pub last_reported_at: Timestamp,
    /// How often.
    pub reports: i64,
    /// The network that the first report came from; none for the command line.
    pub network: Option<String>,
    /// Where the secret was seen, as the first report says.
    pub source: Option<String>,
    /// When a report ended the pair, because its space says so.
    pub revoked_at: Option<Timestamp>,
    /// What was known of its use when it was reported first.
    pub used_before: KnownUse,
}
