//! Points in time as the database keeps them: whole microseconds since 1970, UTC.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is neither a date nor a time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a date (`2027-03-31`) or an RFC 3339 time (`2027-03-31T12:00:00Z`)")]
pub struct InvalidTime(String);

impl Timestamp {
    /// The point that lies this many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: a JWT `NumericDate` (RFC 7519 section 2).
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The beginning of this second.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// The beginning of the second that it lies in, which is all that people and tokens see of it.
    #[must_use]
    pub const fn in_whole_seconds(self) -> Self {
        Self::from_seconds(self.as_seconds())
    }

    /// RFC 3339 with all that is known of it, for what has its place among others in the same second.
    #[must_use]
    pub fn to_the_microsecond(self) -> String {
        let time = DateTime::<Utc>::from_timestamp_micros(self.0);
        time.map_or_else(|| self.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    /// This much later, stopping at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This much earlier, stopping at the beginning of time instead of wrapping.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(time) => out.write_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => write!(out, "{} µs", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    /// A date means its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let midnight =
            || text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        time.ok()
            .or_else(midnight)
            .map(|time| Self(time.timestamp_micros()))
            .ok_or_else(|| InvalidTime(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
