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

/// A secret that somebody could guess, counted as a wrong one before it is checked: many that are tried at once get no further
/// than one after another.
#[derive(Debug)]
pub(super) struct Guess {
    buckets: [(u64, Whose); 2],
    /// Until when the bucket of its client is full if it is wrong.
    pub(super) full_until: Timestamp,
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
        match self.fill(self.client(client, peer), self.of_client, now) {
            Ok(full_until) => Ok(self.left(full_until, now)),
            Err(wait) => Err(self.of_client.exhausted(wait)),
        }
    }

    /// Counts a secret that somebody could guess, before it is checked: for the network too, since a guesser may try the ids of
    /// many clients. One that is right, or was not checked, is [given back](Self::give_back).
    ///
    /// # Errors
    /// There were too many, and it is not to be checked.
    pub(super) fn guess(&self, client: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<Guess, Wait> {
        let client = (self.client(client, peer), Whose::Client);
        let network = (self.network(peer), Whose::Network);
        let take =
            |(key, whose): (u64, Whose)| self.fill(key, self.limit(whose), now).map_err(|time| Wait { whose, time });
        let full_until = take(client)?;
        if let Err(wait) = take(network) {
            self.take_back(client);
            return Err(wait);
        }
        Ok(Guess { buckets: [client, network], full_until })
    }

    /// What is left for a client whose bucket is full until then.
    pub(super) fn left(&self, full_until: Timestamp, now: Timestamp) -> Quota {
        self.of_client.quota(full_until, now)
    }

    /// Forgets that this was counted.
    pub(super) fn give_back(&self, guess: &Guess) {
        for bucket in guess.buckets {
            self.take_back(bucket);
        }
    }

    fn take_back(&self, (key, whose): (u64, Whose)) {
        if let Some(bucket) = self.full_until.get(&key) {
            let one_less = |micros| Some(self.limit(whose).rate.given_back(Timestamp::from_micros(micros)).as_micros());
            // The closure never declines.
            let _ = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        }
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

    /// Counts one. Until when the bucket is full now, or how long it takes until one has room again.
    fn fill(&self, key: u64, limit: Limit, now: Timestamp) -> Result<Timestamp, Duration> {
        let empty = || Ok::<_, Infallible>(Arc::new(AtomicI64::new(now.as_micros())));
        let bucket = self.full_until.get_or_insert_with(&key, empty).unwrap_or_else(|never| match never {});
        let mut full_until = bucket.load(Ordering::Relaxed);
        loop {
            match limit.rate.admit(Some(Timestamp::from_micros(full_until)), now) {
                Admission::Wait(wait) => return Err(wait),
                Admission::Admitted(next) => {
                    let (relaxed, next_micros) = (Ordering::Relaxed, next.as_micros());
                    match bucket.compare_exchange_weak(full_until, next_micros, relaxed, relaxed) {
                        Ok(_) => return Ok(next),
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

    // Covers: TE-17, KM-26
    #[test]
    fn guesses_that_are_checked_at_the_same_time_are_no_more_than_one_after_another() {
        let (counts, peer) = (WrongSecrets::new(3), Some(address("203.0.113.7")));
        let checked: Vec<_> = (0..3).map(|_| counts.guess("id", peer, at(100)).expect("it is checked")).collect();
        let wait = counts.guess("id", peer, at(100)).expect_err("too many at once");
        assert_eq!(counts.exhausted(wait).seconds(), 20);
        counts.give_back(&checked[0]);
        let again = counts.guess("id", peer, at(100)).expect("the right one counts no more");
        assert_eq!(counts.left(again.full_until, at(100)).available, 0);
        assert!(counts.guess("id", peer, at(100)).is_err(), "those that were wrong count on");
        assert!(counts.guess("id", Some(address("198.51.100.7")), at(100)).is_ok(), "another network");
    }

    // Covers: TE-17
    #[test]
    fn one_that_is_refused_for_its_network_is_not_counted_for_its_client() {
        let (counts, peer) = (WrongSecrets::new(1), Some(address("203.0.113.7")));
        for number in 0..CLIENTS_OF_A_NETWORK {
            counts.guess(&number.to_string(), peer, at(100)).expect("the first of its client");
        }
        let wait = counts.guess("another", peer, at(100)).expect_err("too many of the network");
        assert_eq!(wait.whose, Whose::Network);
        assert!(counts.count("another", peer, at(100)).is_ok());
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
