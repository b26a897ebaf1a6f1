//! Places in lists that are ordered by time: a point and an id, which is what a page goes on behind.

use std::{fmt, str::FromStr};

use thiserror::Error;
use uuid::Uuid;

use super::{ids::Id, time::Timestamp};

/// Characters of an id without its prefix.
const DIGITS: usize = 32;

/// The place of something among others: by its time, and things of one moment by their ids. Its text is the time in
/// microseconds, a hyphen and the digits of the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeKey<I> {
    /// When it happened, or will happen.
    pub at: Timestamp,
    /// Its id.
    pub id: I,
}

/// The text is no such place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a place in a list is a time in microseconds, a hyphen and 32 hexadecimal digits")]
pub struct InvalidTimeKey;

impl<I: Id> fmt::Display for TimeKey<I> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.at.as_micros(), self.id.as_uuid().simple())
    }
}

impl<I: Id> FromStr for TimeKey<I> {
    type Err = InvalidTimeKey;

    fn from_str(text: &str) -> Result<Self, InvalidTimeKey> {
        let (at, digits) = text.rsplit_once('-').ok_or(InvalidTimeKey)?;
        let at = at.parse().map(Timestamp::from_micros).map_err(|_| InvalidTimeKey)?;
        let uuid = Uuid::try_parse(digits).ok().filter(|_| digits.len() == DIGITS);
        uuid.map(|uuid| Self { at, id: I::from_uuid(uuid) }).ok_or(InvalidTimeKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::AuditEventId;

    type Key = TimeKey<AuditEventId>;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for micros in [0, 1_795_701_785_123_456, -5] {
            let key = Key { at: Timestamp::from_micros(micros), id: AuditEventId::from_uuid(Uuid::from_u128(7 << 64)) };
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        let key = Key { at: Timestamp::from_micros(12), id: AuditEventId::from_uuid(Uuid::from_u128(10)) };
        assert_eq!(key.to_string(), "12-0000000000000000000000000000000a");
    }

    #[test]
    fn nothing_else_is_a_place() {
        let id = "0000000000000000000000000000000a";
        let dashed = "00000000-0000-0000-0000-00000000000a";
        for text in [
            "",
            "-",
            "12",
            "12-",
            &format!("-{id}"),
            &format!("x-{id}"),
            &format!("12-{dashed}"),
            &format!("12-{id}0"),
            &format!("99999999999999999999-{id}"),
        ] {
            assert_eq!(text.parse::<Key>(), Err(InvalidTimeKey), "{text}");
        }
    }
}
