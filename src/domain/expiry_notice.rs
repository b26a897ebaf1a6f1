//! When people are told that a key pair ends: thirty, fourteen, seven days and one day before (KM-07).

use std::time::Duration;

use super::time::Timestamp;

const DAY: Duration = Duration::from_hours(24);

/// How long before the end of a pair people are told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticePeriod {
    /// A day.
    OneDay,
    /// A week.
    SevenDays,
    /// Two weeks.
    FourteenDays,
    /// A month.
    ThirtyDays,
}

impl NoticePeriod {
    /// All of them, the one nearest to the end first.
    pub const ALL: [Self; 4] = [Self::OneDay, Self::SevenDays, Self::FourteenDays, Self::ThirtyDays];

    /// Days before the end.
    #[must_use]
    pub const fn days(self) -> u8 {
        match self {
            Self::OneDay => 1,
            Self::SevenDays => 7,
            Self::FourteenDays => 14,
            Self::ThirtyDays => 30,
        }
    }

    fn length(self) -> Duration {
        DAY.saturating_mul(u32::from(self.days()))
    }

    /// The ends for which this is the nearest period that has begun.
    #[must_use]
    pub fn window(self, now: Timestamp) -> EndsWithin {
        let nearer = Self::ALL.into_iter().rev().find(|period| *period < self);
        EndsWithin { after: nearer.map_or(now, |nearer| now.plus(nearer.length())), until: now.plus(self.length()) }
    }

    /// Whether a pair that was made then has so much of its life before this end: what it never had is not announced.
    #[must_use]
    pub fn lies_in_life(self, created_at: Timestamp, end: Timestamp) -> bool {
        created_at <= end.minus(self.length())
    }

    /// The periods that began before this one: a server that was down for all of them announces the nearest alone.
    pub fn passed(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |period| *period > self)
    }
}

/// Ends that lie in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndsWithin {
    /// Later than this.
    pub after: Timestamp,
    /// Not later than this.
    pub until: Timestamp,
}

/// Whole days until then, the last one begun counted whole.
#[must_use]
pub fn days_left(now: Timestamp, end: Timestamp) -> i64 {
    let micros = end.as_micros().saturating_sub(now.as_micros()).max(0);
    let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
    micros / day + i64::from(micros % day > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u64) -> Timestamp {
        Timestamp::from_seconds(0).plus(DAY.saturating_mul(u32::try_from(number).unwrap()))
    }

    fn nearest(now: Timestamp, end: Timestamp) -> Vec<NoticePeriod> {
        let holds = |within: EndsWithin| within.after < end && end <= within.until;
        NoticePeriod::ALL.into_iter().filter(|period| holds(period.window(now))).collect()
    }

    // Covers: KM-07
    #[test]
    fn one_period_is_the_nearest_from_thirty_days_on_and_none_before_and_after() {
        use NoticePeriod::{FourteenDays, OneDay, SevenDays, ThirtyDays};
        let end = day(100);
        let moments = [(69, None), (70, Some(ThirtyDays)), (85, Some(ThirtyDays)), (86, Some(FourteenDays))];
        let later = [(93, Some(SevenDays)), (98, Some(SevenDays)), (99, Some(OneDay)), (100, None), (101, None)];
        for (now, wanted) in moments.into_iter().chain(later) {
            assert_eq!(nearest(day(now), end), wanted.into_iter().collect::<Vec<_>>(), "on day {now}");
        }
    }

    // Covers: KM-07
    #[test]
    fn a_pair_of_ten_days_has_a_week_and_a_day_in_its_life() {
        let own = |life| NoticePeriod::ALL.map(|period| period.lies_in_life(day(0), day(life)));
        assert_eq!(own(10), [true, true, false, false]);
        assert_eq!(own(30), [true; 4]);
        assert_eq!(own(0), [false; 4]);
    }

    #[test]
    fn a_day_that_has_begun_counts_whole() {
        let micro = Duration::from_micros(1);
        assert_eq!(days_left(day(1), day(3)), 2);
        assert_eq!(days_left(day(1).plus(micro), day(3)), 2);
        assert_eq!(days_left(day(1), day(3).plus(micro)), 3);
        assert_eq!(days_left(day(3), day(1)), 0);
    }
}
