//! The chain that audit events form once they are committed: each has a position and a seal over itself and everything
//! before it (K12). How seals are computed stands in [`crate::crypto::audit_chain`].

use std::{fmt, str::FromStr, time::Duration};

use serde::{Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

use super::{
    ids::{AuditEventId, AuditKeyId},
    sequence::Seq,
    time::Timestamp,
};

/// What happens often within a minute is one event that is counted on.
const MINUTE: Duration = Duration::from_mins(1);
/// After that minute a node may still write down what it counted.
const GRACE: Duration = Duration::from_secs(10);

/// SHA-256 over an event and everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal([u8; 32]);

impl Seal {
    /// What stands before the first event.
    pub const NOTHING: Self = Self([0; 32]);

    /// The seal made of these 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seal that a column holds, if it has 32 bytes.
    #[must_use]
    pub fn of_column(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// A point of the chain. Whoever keeps one elsewhere can tell later whether the chain still passes through it. Written as
/// `POSITION:SEAL`, the seal in 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// Number of an event, counted from 1.
    pub position: i64,
    /// Its seal.
    pub seal: Seal,
}

/// The text is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a checkpoint; it is a position, a colon and 64 hexadecimal digits")]
pub struct InvalidCheckpoint(String);

impl Checkpoint {
    /// Before the first event.
    pub const BEGINNING: Self = Self { position: 0, seal: Seal::NOTHING };
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.position, self.seal)
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let parsed = text.trim().split_once(':').and_then(|(position, seal)| {
            let position = position.parse().ok().filter(|position| *position > 0)?;
            Some(Self { position, seal: seal_from_hex(seal)? })
        });
        parsed.ok_or_else(|| InvalidCheckpoint(text.to_owned()))
    }
}

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn seal_from_hex(text: &str) -> Option<Seal> {
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(Seal(bytes))
}

/// How far the chain goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Which key authenticates it.
    pub key: AuditKeyId,
    /// The last sealed event.
    pub last: Checkpoint,
    /// The last event that was deleted for its age; the chain begins after it.
    pub kept_after: Checkpoint,
    /// When it last moved.
    pub sealed_at: Timestamp,
}

/// An audit event as the chain protects it: every column of its row but position and seal, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the columns speak in the migrations")]
pub struct ChainedEvent {
    pub id: AuditEventId,
    pub seq: Seq,
    pub at: Timestamp,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub address: Option<String>,
    pub action: String,
    pub target: String,
    pub space_id: Option<Uuid>,
    pub detail: String,
    pub user_id: Option<Uuid>,
    pub pair: Option<String>,
    pub grant_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub workspace: Option<i64>,
    pub about: String,
    pub count: i64,
    pub last_at: Option<Timestamp>,
}

impl ChainedEvent {
    /// What the event can be found by, in order.
    pub fn mentions(&self) -> impl Iterator<Item = &str> {
        self.about.split(' ').filter(|mention| !mention.is_empty())
    }

    /// Whether it happened, for the last time, before this.
    #[must_use]
    pub fn is_older_than(&self, before: Timestamp) -> bool {
        self.last_at.map_or(self.at, |last| last.max(self.at)) < before
    }
}

/// Events that are counted on are closed if they began before this: their minute is over, and the time in which a node may
/// still write down what it counted.
#[must_use]
pub fn closed_before(now: Timestamp) -> Timestamp {
    let minute = i64::try_from(MINUTE.as_micros()).unwrap_or(i64::MAX);
    let past_grace = now.minus(GRACE).as_micros();
    Timestamp::from_micros(past_grace.saturating_sub(past_grace.rem_euclid(minute)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_as_it_is_written() {
        let checkpoint = Checkpoint { position: 17, seal: Seal([0xa5; 32]) };
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        for wrong in ["", "17", "17:a5", "0:", &format!("0:{}", Seal::NOTHING), &format!("+1:{}g", "a".repeat(63))] {
            assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_event_that_is_counted_on_is_closed_ten_seconds_after_its_minute() {
        let second = |number: i64| Timestamp::from_seconds(number);
        assert_eq!(closed_before(second(600)), second(540));
        assert_eq!(closed_before(second(609)), second(540));
        assert_eq!(closed_before(second(610)), second(600));
        assert_eq!(closed_before(second(-1)), second(-60));
    }
}
