//! Counts refused secrets for each client and network, so that guessing is slowed and its rightful owner is not: a right secret
//! that was generated here is always accepted; imported ones, which somebody could guess, wait (ruling 18, TE-17). Counted in
//! memory and before nothing: a refusal costs no look-up.

use std::{
    convert::Infallible,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use quick_cache::sync::Cache;

use crate::domain::{
    network,
    throttle::{Admission, Limit, Quota, Rate},
    time::Timestamp,
};

/// Clients and networks that are counted at the same time; the least active are forgotten first.
pub const MOST_BUCKETS: usize = 20_000;

/// Name of the limit in `RateLimit` fields.
const NAME: &str = "wrong-secrets";

/// The same for the limit of a network over all clients.
const NAME_OF_NETWORK: &str = "wrong-secrets-of-network";

/// A network may be wrong for as many imported clients as if it had this many of its own.
const CLIENTS_OF_A_NETWORK: u32 = 10;

/// Whose wrong secrets are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those for one client from one network.
    Client,
    /// Those for all clients from one network.
    Network,
}

/// For how long no secret is checked, and whose wrong ones are to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    whose: Whose,
    time: Duration,
}

/// The counts of one process.
pub(super) struct WrongSecrets {
    /// By the hash of client and network: until when the bucket is full, in microseconds.
    full_until: Cache<u64, Arc<AtomicI64>>,
    hasher: RandomState,
    of_client: Limit,
    of_network: Limit,
}

impl WrongSecrets {
    pub(super) fn new(per_minute: u32) -> Self {
        let of_client = Limit { name: NAME, rate: Rate::per_minute(per_minute) };
        let of_network = per_minute.saturating_mul(CLIENTS_OF_A_NETWORK);
        let of_network = Limit { name: NAME_OF_NETWORK, rate: Rate::per_minute(of_network) };
        Self { full_until: Cache::new(MOST_BUCKETS), hasher: RandomState::new(), of_client, of_network }
    }

    /// Counts a refused secret and says what is left.
    ///
    /// # Errors
    /// There were too many; what is left is nothing, for as long as it says.
    pub(super) fn count(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<Quota, Quota> {
        self.fill(self.client(client, peer), self.of_client, now)
    }

    /// Counts a wrong secret that somebody could guess: for the network too, since a guesser may try the ids of many clients.
    ///
    /// # Errors
    /// As for [`Self::count`].
    pub(super) fn count_guess(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<Quota, Quota> {
        let network = self.fill(self.network(peer), self.of_network, now);
        self.count(client, peer, now).and_then(|left| network.map(|_| left))
    }

    /// What keeps such a secret from being checked at all, if there were too many wrong ones.
    pub(super) fn wait(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Option<Wait> {
        let buckets = [(self.client(client, peer), Whose::Client), (self.network(peer), Whose::Network)];
        let waits = buckets.into_iter().filter_map(|(key, whose)| {
            let full_until = self.full_until.get(&key)?.load(Ordering::Relaxed);
            match self.limit(whose).rate.admit(Some(Timestamp::from_micros(full_until)), now) {
                Admission::Wait(time) => Some(Wait { whose, time }),
                Admission::Admitted(_) => None,
            }
        });
        waits.max_by_key(|wait| wait.time)
    }

    /// What is left meanwhile, which is nothing.
    pub(super) const fn exhausted(&self, wait: Wait) -> Quota {
        self.limit(wait.whose).exhausted(wait.time)
    }

    const fn limit(&self, whose: Whose) -> Limit {
        match whose {
            Whose::Client => self.of_client,
            Whose::Network => self.of_network,
        }
    }

    fn client(&self, client: &str, peer: Option<IpAddr>) -> u64 {
        self.hasher.hash_one((client, peer.and_then(network::of_customer)))
    }

    fn network(&self, peer: Option<IpAddr>) -> u64 {
        self.hasher.hash_one(("", NAME_OF_NETWORK, peer.and_then(network::of_customer)))
    }

    fn fill(&self, key: u64, limit: Limit, now: Timestamp) -> Result<Quota, Quota> {
        let empty = || Ok::<_, Infallible>(Arc::new(AtomicI64::new(now.as_micros())));
        let bucket = self.full_until.get_or_insert_with(&key, empty).unwrap_or_else(|never| match never {});
        let mut full_until = bucket.load(Ordering::Relaxed);
        loop {
            match limit.rate.admit(Some(Timestamp::from_micros(full_until)), now) {
                Admission::Wait(wait) => return Err(limit.exhausted(wait)),
                Admission::Admitted(next) => {
                    let (relaxed, next_micros) = (Ordering::Relaxed, next.as_micros());
                    match bucket.compare_exchange_weak(full_until, next_micros, relaxed, relaxed) {
                        Ok(_) => return Ok(limit.quota(next, now)),
                        Err(meanwhile) => full_until = meanwhile,
                    }
                }
            }
        }
    }

    /// How many clients and networks are counted now; never more than [`MOST_BUCKETS`].
    pub(super) fn buckets(&self) -> usize {
        self.full_until.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    // Covers: TE-17
    #[test]
    fn threads_that_guess_at_once_share_one_bucket() {
        let (counts, admitted) = (WrongSecrets::new(20), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if counts.count("key", Some(address("203.0.113.7")), at(100)).is_ok() {
                            admitted.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 20);
        let waiting = counts.count("key", Some(address("203.0.113.200")), at(101)).expect_err("the same network");
        assert_eq!((waiting.available, waiting.seconds()), (0, 2), "one every three seconds");
        assert!(counts.count("key", Some(address("198.51.100.7")), at(101)).is_ok(), "another network");
        assert!(counts.count("other", Some(address("203.0.113.7")), at(101)).is_ok(), "another client");
    }

    // Covers: TE-17
    #[test]
    fn however_many_names_are_tried_the_memory_is_bounded() {
        let counts = WrongSecrets::new(1);
        for number in 0..3 * MOST_BUCKETS {
            counts.count(&number.to_string(), None, at(100)).expect("the first of its name");
        }
        assert!(counts.buckets() <= MOST_BUCKETS, "{}", counts.buckets());
        assert!(counts.buckets() > MOST_BUCKETS / 2, "{}", counts.buckets());
    }
}
