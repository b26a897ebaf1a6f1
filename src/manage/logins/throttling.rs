//! Counting attempts before they cost anything, and taking back what turned out to be no attempt.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    time::Duration,
};

use quick_cache::sync::Cache;

use super::{Logins, account::Account, device::KnownDevice};
use crate::{
    crypto::keyed_hash::Peppers,
    domain::{
        account_name::AccountName,
        ids::{Id, SessionId},
        network,
        throttle::{Admission, Bucket, Limit, Quota},
        time::Timestamp,
    },
    store::{self, Redemption, Store, throttles},
};

/// Refusals remembered at the same time.
const REMEMBERED: usize = 20_000;

/// The buckets that one attempt is counted in, in the order in which all attempts take them.
#[derive(Debug, Clone)]
pub(super) struct Counted(Vec<(Bucket, Limit)>);

impl Counted {
    /// Those of a login: one of its own for a browser that knows the account, else that of the account and that of the
    /// network.
    pub(super) fn of_login(
        logins: &Logins,
        peppers: &Peppers,
        name: &AccountName,
        account: Option<&Account>,
        device: Option<&KnownDevice>,
        address: Option<IpAddr>,
    ) -> Self {
        let per_account = Limit { name: "account-passwords", rate: logins.options.per_account };
        let per_network = Limit { name: "network-passwords", rate: logins.options.per_network };
        let known = account.zip(device).filter(|(account, device)| device.knows(&account.user));
        if let Some((account, device)) = known {
            let user = account.user.id.as_uuid();
            let bucket = bucket(peppers, &[b"device", user.as_bytes(), &device.nonce]);
            return Self(vec![(bucket, per_account)]);
        }
        let of_account = match account {
            Some(account) => bucket(peppers, &[b"user", account.user.id.as_uuid().as_bytes()]),
            None => bucket(peppers, &[b"name", name.canonical().as_bytes()]),
        };
        Self(vec![(of_account, per_account), (of_network(peppers, b"network", address), per_network)])
    }

    /// That of the current password, asked for again in a session.
    pub(super) fn of_session(logins: &Logins, peppers: &Peppers, session: SessionId) -> Self {
        let limit = Limit { name: "session-passwords", rate: logins.options.per_account };
        Self(vec![(bucket(peppers, &[b"session", session.as_uuid().as_bytes()]), limit)])
    }

    /// One bucket alone.
    pub(super) fn one(bucket: Bucket, limit: Limit) -> Self {
        Self(vec![(bucket, limit)])
    }

    /// Counts the attempt in all buckets, or in none and says which limit is exhausted and for how long.
    pub(super) fn admit(&self, store: &Store) -> Result<Option<Quota>, store::Error> {
        store.redeem(|redemption| {
            for (index, (bucket, limit)) in self.0.iter().enumerate() {
                if let Admission::Wait(wait) = throttles::take(redemption, bucket, limit.rate)? {
                    for (taken, limit) in self.0.iter().take(index) {
                        throttles::give_back(redemption, taken, limit.rate)?;
                    }
                    return Ok(Some(limit.exhausted(wait)));
                }
            }
            Ok(None)
        })
    }

    /// The attempt was none: the password was right.
    pub(super) fn give_back(&self, redemption: &mut Redemption<'_>) -> Result<(), store::Error> {
        self.0.iter().try_for_each(|(bucket, limit)| throttles::give_back(redemption, bucket, limit.rate))
    }

    /// The same, where nothing was decided at all, such as when no password could be checked.
    pub(super) fn give_back_alone(&self, store: &Store) -> Result<(), store::Error> {
        store.redeem(|redemption| self.give_back(redemption))
    }
}

pub(super) fn of_network(peppers: &Peppers, kind: &[u8], address: Option<IpAddr>) -> Bucket {
    let network = address.and_then(network::of_customer).map(|network| network.to_string());
    bucket(peppers, &[kind, network.unwrap_or_default().as_bytes()])
}

pub(super) fn bucket(peppers: &Peppers, parts: &[&[u8]]) -> Bucket {
    Bucket(peppers.tag("throttle", parts))
}

/// Who was refused lately, so that a flood does not reach the database.
pub(super) struct Refusals {
    until: Cache<u64, (Timestamp, Limit)>,
    hasher: RandomState,
}

/// One attempt as the refusals know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefusalKey(u64);

impl Default for Refusals {
    fn default() -> Self {
        Self { until: Cache::new(REMEMBERED), hasher: RandomState::new() }
    }
}

impl Refusals {
    pub(super) fn key(&self, name: &AccountName, device: Option<&KnownDevice>, address: Option<IpAddr>) -> RefusalKey {
        let network = address.and_then(network::of_customer);
        RefusalKey(self.hasher.hash_one((name.canonical(), device.map(|device| device.nonce), network)))
    }

    /// Which limit holds up whoever tries this, and for how long still, as far as this process knows.
    pub(super) fn still(&self, key: RefusalKey, now: Timestamp) -> Option<Quota> {
        let (until, limit) = self.until.get(&key.0).filter(|(until, _)| now < *until)?;
        let micros = u64::try_from(until.as_micros().saturating_sub(now.as_micros())).unwrap_or_default();
        Some(limit.exhausted(Duration::from_micros(micros)))
    }

    pub(super) fn remember(&self, key: RefusalKey, now: Timestamp, exhausted: Quota) {
        self.until.insert(key.0, (now.plus(exhausted.window), exhausted.limit));
    }
}
