//! Lengths of time as people write them in queries and at the command line: `30d`.

use std::{fmt, str::FromStr, time::Duration};

use thiserror::Error;

/// The form of the text, as a regular expression.
pub const PATTERN: &str = "^[1-9][0-9]{0,5}[smhdw]$";

/// A length of time, at least a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan(Duration);

/// The text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a length of time is a number of at most six digits and one of s, m, h, d, w for seconds to weeks, such as `30d`"
)]
pub struct InvalidTimeSpan;

impl TimeSpan {
    /// The same as the rest of the program has it.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for TimeSpan {
    type Err = InvalidTimeSpan;

    fn from_str(text: &str) -> Result<Self, InvalidTimeSpan> {
        let unit = text.chars().next_back().ok_or(InvalidTimeSpan)?;
        let digits = text.strip_suffix(unit).ok_or(InvalidTimeSpan)?;
        let seconds: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            'w' => 7 * 24 * 60 * 60,
            _ => return Err(InvalidTimeSpan),
        };
        let is_number = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || digits.starts_with('0') {
            return Err(InvalidTimeSpan);
        }
        let number: u64 = digits.parse().map_err(|_| InvalidTimeSpan)?;
        Ok(Self(Duration::from_secs(number.saturating_mul(seconds))))
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}s", self.0.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_a_length_of_time_and_nothing_else_is() {
        let day = Duration::from_hours(24);
        for (text, wanted) in
            [("30d", 30 * day), ("1w", 7 * day), ("90m", Duration::from_mins(90)), ("1s", Duration::from_secs(1))]
        {
            assert_eq!(text.parse(), Ok(TimeSpan(wanted)), "{text}");
        }
        for text in ["", "d", "30", "0d", "030d", "-1d", "+1d", "1.5d", "30 d", "30D", "1000000s", "30dd", "３d", "dé"]
        {
            assert_eq!(text.parse::<TimeSpan>(), Err(InvalidTimeSpan), "{text}");
        }
    }
}
