//! Counts wrong secrets for each client and network, so that guessing is slowed and its rightful owner is not: a right
//! secret is always accepted (ruling 18, TE-17).

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
};

use quick_cache::sync::Cache;

use crate::domain::{network, time::Timestamp};

/// Clients and networks that are counted at the same time; the least active are forgotten first.
const COUNTED_AT_ONCE: usize = 20_000;

/// Seconds after which a count starts anew.
const WINDOW: i64 = 60;

#[derive(Clone, Copy)]
struct Count {
    window_start: i64,
    wrong: u32,
}

/// The counts.
pub(super) struct WrongSecrets {
    counts: Cache<u64, Count>,
    hasher: RandomState,
    allowed: u32,
}

impl WrongSecrets {
    pub(super) fn new(allowed: u32) -> Self {
        Self { counts: Cache::new(COUNTED_AT_ONCE), hasher: RandomState::new(), allowed }
    }

    /// Counts a wrong secret.
    ///
    /// # Errors
    /// There were too many in this window; the value is how many seconds it lasts.
    pub(super) fn count(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<(), u32> {
        let key = self.hasher.hash_one((client, peer.and_then(network::of_customer)));
        let now = now.as_seconds();
        let known = self.counts.get(&key).filter(|count| now < count.window_start + WINDOW);
        let count = known.unwrap_or(Count { window_start: now, wrong: 0 });
        let count = Count { wrong: count.wrong.saturating_add(1), ..count };
        self.counts.insert(key, count);
        if count.wrong <= self.allowed {
            return Ok(());
        }
        Err(u32::try_from(count.window_start + WINDOW - now).unwrap_or(1).max(1))
    }
}
