//! Points in time as people read them: how long ago in words, exactly on request.

use crate::domain::time::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MONTH: u64 = 30 * DAY;
/// So long is told in days: pairs live for 90 of them.
const MANY_DAYS: u64 = 100 * DAY;
const YEAR: u64 = 365 * DAY;

/// A point in time, seen from the time of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    now: Timestamp,
}

impl Moment {
    /// `at`, seen at `now`.
    #[must_use]
    pub const fn new(at: Timestamp, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// For programs: RFC 3339, UTC.
    #[must_use]
    pub fn machine(&self) -> String {
        self.at.to_string()
    }

    /// For people who want to know: `2026-11-26 14:03:05 UTC`.
    #[must_use]
    pub fn exact(&self) -> String {
        let text = self.at.to_string();
        match text.strip_suffix('Z').and_then(|text| text.split_once('T')) {
            Some((day, time)) => format!("{day} {time} UTC"),
            None => text,
        }
    }

    /// `3 hours ago`, `in 2 days`, `just now`.
    #[must_use]
    pub fn relative(&self) -> String {
        let seconds = self.at.as_seconds().saturating_sub(self.now.as_seconds());
        let length = seconds.unsigned_abs();
        let (unit, size) = match length {
            0..MINUTE if seconds > 0 => return "in less than a minute".to_owned(),
            0..MINUTE => return "just now".to_owned(),
            MINUTE..HOUR => ("minute", MINUTE),
            HOUR..DAY => ("hour", HOUR),
            DAY..MANY_DAYS => ("day", DAY),
            MANY_DAYS..YEAR => ("month", MONTH),
            _ => ("year", YEAR),
        };
        let count = length.checked_div(size).unwrap_or_default();
        let plural = if count == 1 { "" } else { "s" };
        if seconds > 0 { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_the_largest_whole_unit() {
        let now = Timestamp::from_seconds(1_795_701_785);
        let told = |seconds: i64| Moment::new(Timestamp::from_seconds(1_795_701_785 + seconds), now).relative();
        assert_eq!(told(0), "just now");
        assert_eq!(told(-59), "just now");
        assert_eq!(told(59), "in less than a minute");
        assert_eq!(told(-60), "1 minute ago");
        assert_eq!(told(-3_599), "59 minutes ago");
        assert_eq!(told(-7_200), "2 hours ago");
        assert_eq!(told(86_400), "in 1 day");
        assert_eq!(told(-45 * 86_400), "45 days ago");
        assert_eq!(told(120 * 86_400), "in 4 months");
        assert_eq!(told(-800 * 86_400), "2 years ago");
    }

    #[test]
    fn the_exact_time_is_in_utc() {
        let moment = Moment::new(Timestamp::from_seconds(0), Timestamp::from_seconds(0));
        assert_eq!(moment.machine(), "1970-01-01T00:00:00Z");
        assert_eq!(moment.exact(), "1970-01-01 00:00:00 UTC");
    }
}
