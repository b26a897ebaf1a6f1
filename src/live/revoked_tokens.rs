//! Tokens that were revoked by themselves, in buckets by the minute of their expiry, so that forgetting is dropping a
//! bucket.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use parking_lot::RwLock;
use uuid::Uuid;

use crate::{
    domain::{
        ids::{Id, TokenId},
        time::Timestamp,
    },
    store::revoked_tokens::RevokedToken,
};

/// How long a token is remembered beyond its expiry (I11).
pub const REMEMBERED_BEYOND_EXPIRY: Duration = Duration::from_mins(10);

/// The set.
#[derive(Debug, Default)]
pub(super) struct RevokedTokens {
    buckets: RwLock<HashMap<i64, HashSet<Uuid>>>,
}

impl RevokedTokens {
    pub(super) fn extend(&self, tokens: Vec<RevokedToken>) {
        if tokens.is_empty() {
            return;
        }
        let mut buckets = self.buckets.write();
        for token in tokens {
            buckets.entry(minute(token.expires_at)).or_default().insert(token.id.as_uuid());
        }
    }

    pub(super) fn contains(&self, token: TokenId, expires_at: Timestamp) -> bool {
        let buckets = self.buckets.read();
        buckets.get(&minute(expires_at)).is_some_and(|bucket| bucket.contains(&token.as_uuid()))
    }

    pub(super) fn forget_expired(&self, now: Timestamp) {
        let first_kept = minute(now.minus(REMEMBERED_BEYOND_EXPIRY));
        self.buckets.write().retain(|minute, _| *minute >= first_kept);
    }
}

const fn minute(time: Timestamp) -> i64 {
    time.as_seconds().div_euclid(60)
}
