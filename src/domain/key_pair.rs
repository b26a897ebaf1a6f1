//! Key pairs: the credentials of a client, at most two at a time.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::{
    condition::{Condition, Question},
    ids::{ApiKeyId, ApplicationId, KeyPairId, PepperId, ResourceServerId},
    time::Timestamp,
};

/// The public half of a pair: 16 characters of `0-9A-Za-z` that are also part of the secret, so that a secret presented
/// alone can be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicId([u8; 16]);

/// The text is not the public id of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected the 16 letters and digits of a key pair's public id")]
pub struct InvalidPublicId;

impl PublicId {
    /// The 16 ASCII bytes; also how the change log names the pair.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for PublicId {
    type Err = InvalidPublicId;

    fn from_str(text: &str) -> Result<Self, InvalidPublicId> {
        let bytes: [u8; 16] = text.as_bytes().try_into().map_err(|_| InvalidPublicId)?;
        if bytes.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(bytes)) } else { Err(InvalidPublicId) }
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for PublicId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PublicId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What is kept of a secret: a keyed hash of the whole text, and which pepper keyed it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash {
    /// The key of the hash.
    pub pepper: PepperId,
    /// HMAC-SHA-256 of the 60 characters.
    pub hash: [u8; 32],
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SecretHash({})", self.pepper)
    }
}

/// What is kept of a secret that somebody holds who is no client: the part that it is found by, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecret {
    /// The public part.
    pub public_id: PublicId,
    /// The keyed hash of the whole.
    pub hash: SecretHash,
}

/// One of the two places for a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The first.
    First,
    /// The second.
    Second,
}

impl Slot {
    /// A place that none of these pairs takes.
    #[must_use]
    pub fn free(pairs: &[KeyPair]) -> Option<Self> {
        [Self::First, Self::Second].into_iter().find(|slot| !pairs.iter().any(|pair| pair.slot == *slot))
    }
}

/// A credential of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// Identifier.
    pub id: KeyPairId,
    /// Which of the two places it takes.
    pub slot: Slot,
    /// Its public half.
    pub public_id: PublicId,
    /// What is kept of its secret half.
    pub secret: SecretHash,
    /// Last four characters of the secret, for people to recognize it.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

impl KeyPair {
    /// Whether its end has come.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The same as a condition.
    #[must_use]
    pub fn condition(&self, now: Timestamp) -> Condition {
        Condition::new(Question::PairInTime, !self.is_expired(now)).with_time(self.expires_at)
    }
}

/// Which client a pair belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairOwner {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A resource server.
    ResourceServer(ResourceServerId),
    /// An application.
    Application(ApplicationId),
}

impl PairOwner {
    /// The application, if it is one.
    #[must_use]
    pub const fn application(self) -> Option<ApplicationId> {
        match self {
            Self::Application(id) => Some(id),
            Self::ApiKey(_) | Self::ResourceServer(_) => None,
        }
    }
}

impl fmt::Display for PairOwner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(id) => id.fmt(out),
            Self::ResourceServer(id) => id.fmt(out),
            Self::Application(id) => id.fmt(out),
        }
    }
}

/// That a pair was used, once or several times (KM-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairUse {
    /// The pair.
    pub pair: PublicId,
    /// Its key.
    pub key: ApiKeyId,
    /// When last.
    pub at: Timestamp,
    /// Address of whoever used it last, as far as any is known.
    pub from: Option<IpAddr>,
    /// How often.
    pub count: u64,
}

impl PairUse {
    /// Both uses of one pair together. Neither order nor repetition moves the time back.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let (earlier, later) = if other.at < self.at { (other, self) } else { (self, other) };
        Self { from: later.from.or(earlier.from), count: earlier.count.saturating_add(later.count), ..later }
    }
}

/// When a new pair stops working (C11, ruling 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiryPolicy {
    /// 90 days after it was made, or as long as the space lets pairs live if that is shorter.
    #[default]
    Usual,
    /// Never.
    Never,
    /// 90 days after it was made, to the second.
    NinetyDays,
    /// At this time.
    At(Timestamp),
}

/// A pair was to stop working in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the expiry {0} is not in the future")]
pub struct ExpiryInThePast(pub Timestamp);

impl ExpiryPolicy {
    /// When a pair made now stops working: at the beginning of a second, so that its last tokens end with it and not before.
    ///
    /// # Errors
    /// A date that is not in the future.
    pub fn end(self, now: Timestamp) -> Result<Option<Timestamp>, ExpiryInThePast> {
        let end = match self {
            Self::Never => return Ok(None),
            Self::Usual | Self::NinetyDays => now.plus(Duration::from_hours(90 * 24)),
            Self::At(end) => end,
        };
        let end = end.in_whole_seconds();
        if end > now { Ok(Some(end)) } else { Err(ExpiryInThePast(end)) }
    }
}

impl<'de> Deserialize<'de> for ExpiryPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| de::Error::custom(format!("{error}; or `90d`, or `none`")))
    }
}

impl FromStr for ExpiryPolicy {
    type Err = super::time::InvalidTime;

    /// `none`, `90d`, a date or an RFC 3339 time.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::Never),
            "90d" => Ok(Self::NinetyDays),
            time => time.parse().map(Self::At),
        }
    }
}
