//! Counts wrong secrets for each client and network, so that guessing is slowed and its rightful owner is not: a right
//! generated secret is always accepted; imported ones, which somebody could guess, wait (ruling 18, TE-17).

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

/// A network may be wrong for as many imported clients as if it had this many of its own.
const CLIENTS_OF_A_NETWORK: u32 = 10;

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
        let count = self.add(self.of_client(client, peer), now);
        if count.wrong <= self.allowed { Ok(()) } else { Err(count.seconds_left(now)) }
    }

    /// Counts a wrong secret that somebody could guess: for the client, and for the network, since a guesser may try the ids
    /// of many.
    pub(super) fn count_guess(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) {
        self.add(self.of_client(client, peer), now);
        self.add(self.of_network(peer), now);
    }

    /// For how many seconds no such secret is checked, if there were too many wrong ones.
    pub(super) fn seconds_to_wait(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Option<u32> {
        let limits = [
            (self.of_client(client, peer), self.allowed),
            (self.of_network(peer), self.allowed.saturating_mul(CLIENTS_OF_A_NETWORK)),
        ];
        let full = limits.into_iter().filter_map(|(key, allowed)| {
            let count = self.present(key, now).filter(|count| count.wrong >= allowed)?;
            Some(count.seconds_left(now))
        });
        full.max()
    }

    fn of_client(&self, client: &str, peer: Option<IpAddr>) -> u64 {
        self.hasher.hash_one((client, peer.and_then(network::of_customer)))
    }

    fn of_network(&self, peer: Option<IpAddr>) -> u64 {
        self.hasher.hash_one(("", "network", peer.and_then(network::of_customer)))
    }

    fn present(&self, key: u64, now: Timestamp) -> Option<Count> {
        self.counts.get(&key).filter(|count| now.as_seconds() < count.window_start + WINDOW)
    }

    fn add(&self, key: u64, now: Timestamp) -> Count {
        let count = self.present(key, now).unwrap_or(Count { window_start: now.as_seconds(), wrong: 0 });
        let count = Count { wrong: count.wrong.saturating_add(1), ..count };
        self.counts.insert(key, count);
        count
    }
}

impl Count {
    fn seconds_left(self, now: Timestamp) -> u32 {
        u32::try_from(self.window_start + WINDOW - now.as_seconds()).unwrap_or(1).max(1)
    }
}
