//! How attempts are slowed: some at once, then one after the other (GCRA). Nothing is ever locked, so nobody can lock anybody
//! out for good (P2, P3).

use std::time::Duration;

use super::time::Timestamp;

/// What is counted, as a keyed hash: the table tells nobody who tried what from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(pub [u8; 32]);

/// So many at once, then one each interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Attempts that need not wait.
    pub burst: u32,
    /// Time after which one more is let through.
    pub interval: Duration,
}

/// Whether an attempt is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is; the bucket is full until this time, reckoned at the pace of its rate.
    Admitted(Timestamp),
    /// It has to wait for this long. Waiting costs nothing: who comes too early does not move the time.
    Wait(Duration),
}

/// A rate and the name that those whom it slows know it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The name of the policy, visible ASCII without quotes.
    pub name: &'static str,
    /// How much it lets through.
    pub rate: Rate,
}

/// What a limit lets through at one moment, in the terms of the `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The limit.
    pub limit: Limit,
    /// Attempts that need not wait.
    pub available: u32,
    /// Time for which there are no more than these.
    pub window: Duration,
}

impl Limit {
    /// What is left of a bucket that is full until `full_until`.
    #[must_use]
    pub fn quota(self, full_until: Timestamp, now: Timestamp) -> Quota {
        let interval = self.rate.interval.as_micros().max(1);
        let filled = micros_between(now, full_until);
        let taken = u32::try_from(filled.div_ceil(interval)).unwrap_or(u32::MAX);
        let window = filled.saturating_sub(u128::from(taken.saturating_sub(1)).saturating_mul(interval));
        Quota {
            limit: self,
            available: self.rate.burst.saturating_sub(taken),
            window: Duration::from_micros(u64::try_from(window).unwrap_or(u64::MAX)),
        }
    }

    /// Nothing is left for this long.
    #[must_use]
    pub const fn exhausted(self, wait: Duration) -> Quota {
        Quota { limit: self, available: 0, window: wait }
    }
}

impl Quota {
    /// Whole seconds after which there is one more: never too few and at least one.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        seconds_to_wait(self.window)
    }
}

fn micros_between(from: Timestamp, to: Timestamp) -> u128 {
    u128::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or_default()
}

impl Rate {
    /// So many at once, and as many in each minute.
    #[must_use]
    pub fn per_minute(attempts: u32) -> Self {
        let attempts = attempts.max(1);
        Self { burst: attempts, interval: Duration::from_mins(1) / attempts }
    }

    /// The time in which an empty bucket that was filled empties again.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }

    /// Decides on an attempt at `now` for a bucket that is full until `full_until`.
    #[must_use]
    pub fn admit(&self, full_until: Option<Timestamp>, now: Timestamp) -> Admission {
        let filled = full_until.unwrap_or(now).max(now).plus(self.interval);
        let most = now.plus(self.window());
        if filled <= most {
            return Admission::Admitted(filled);
        }
        let micros = filled.as_micros().saturating_sub(most.as_micros());
        Admission::Wait(Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
    }

    /// The same bucket as if one attempt had not been counted.
    #[must_use]
    pub fn given_back(&self, full_until: Timestamp) -> Timestamp {
        full_until.minus(self.interval)
    }
}

/// Whole seconds to tell somebody who waits: never too few and at least one.
#[must_use]
pub fn seconds_to_wait(wait: Duration) -> u32 {
    let rounded_up = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(rounded_up).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, interval: Duration::from_secs(30) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_burst_passes_and_then_one_each_interval() {
        let mut full_until = None;
        for _ in 0..3 {
            let Admission::Admitted(next) = RATE.admit(full_until, at(100)) else { panic!("the burst passes") };
            full_until = Some(next);
        }
        assert_eq!(RATE.admit(full_until, at(100)), Admission::Wait(Duration::from_secs(30)));
        assert_eq!(RATE.admit(full_until, at(129)), Admission::Wait(Duration::from_secs(1)));
        let Admission::Admitted(next) = RATE.admit(full_until, at(130)) else { panic!("one passes") };
        assert_eq!(RATE.admit(Some(next), at(130)), Admission::Wait(Duration::from_secs(30)));
    }

    #[test]
    fn waiting_in_vain_makes_nobody_wait_longer_and_rest_makes_the_bucket_empty() {
        let full_until = Some(at(190));
        for _ in 0..1_000 {
            assert_eq!(RATE.admit(full_until, at(100)), Admission::Wait(Duration::from_secs(30)));
        }
        assert_eq!(RATE.admit(full_until, at(1_000)), Admission::Admitted(at(1_030)));
    }

    #[test]
    fn what_is_left_and_until_when_is_told_exactly() {
        let limit = Limit { name: "tries", rate: RATE };
        let mut full_until = None;
        for (available, window) in [(2, 30), (1, 30), (0, 30)] {
            let Admission::Admitted(next) = RATE.admit(full_until, at(100)) else { panic!("the burst passes") };
            let quota = limit.quota(next, at(100));
            assert_eq!((quota.available, quota.seconds()), (available, window));
            full_until = Some(next);
        }
        // After twenty seconds the next try is ten seconds away; after thirty there is one.
        let left = |now| limit.quota(at(190), at(now));
        assert_eq!((left(120).available, left(120).seconds()), (0, 10));
        assert_eq!((left(130).available, left(130).seconds()), (1, 30));
        assert_eq!((left(500).available, left(500).window), (3, Duration::ZERO));
        assert_eq!(limit.exhausted(Duration::from_millis(1_500)).seconds(), 2);
        assert_eq!(Rate::per_minute(20), Rate { burst: 20, interval: Duration::from_secs(3) });
        assert_eq!(Rate::per_minute(20).window(), Duration::from_mins(1));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let Admission::Admitted(full) = RATE.admit(Some(at(160)), at(100)) else { panic!("the third passes") };
        assert!(matches!(RATE.admit(Some(full), at(100)), Admission::Wait(_)));
        assert_eq!(RATE.admit(Some(RATE.given_back(full)), at(100)), Admission::Admitted(full));
    }

    #[test]
    fn nobody_is_told_to_come_too_early() {
        assert_eq!(seconds_to_wait(Duration::ZERO), 1);
        assert_eq!(seconds_to_wait(Duration::from_millis(1_001)), 2);
        assert_eq!(seconds_to_wait(Duration::from_secs(30)), 30);
        assert_eq!(seconds_to_wait(Duration::MAX), u32::MAX);
    }
}
