//! Tokens whose signature was found right once. Only what never changes is remembered: whether a token is active is decided
//! anew each time.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::digest;
use quick_cache::sync::Cache;

use super::claims::AccessTokenClaims;
use crate::{
    crypto::{
        jwt::{self, Rejected, TokenType},
        key_ring::KeyRing,
    },
    domain::{access_token::AccessToken, ids::SigningKeyId, scope::RegisteredScope},
    live::composed::ComposedBasis,
};

/// A token that one of our keys signed.
pub struct VerifiedToken {
    /// The key that signed it.
    pub kid: SigningKeyId,
    /// What it says.
    pub claims: AccessTokenClaims,
    /// What decisions rest on, taken out of what it says.
    pub facts: AccessToken,
    /// The answer about it, as long as what it rests on is the same.
    pub(super) described: ArcSwapOption<Described>,
}

impl VerifiedToken {
    /// The token, if one of the ring's keys signed it for this issuer.
    ///
    /// # Errors
    /// Why it is none of ours.
    pub(super) fn read(
        token: &str,
        issuer: &str,
        ring: &KeyRing,
        registered: &[RegisteredScope],
    ) -> Result<Self, Rejected> {
        let verified = jwt::verify::<AccessTokenClaims>(token, TokenType::AccessToken, issuer, ring)?;
        let mut claims = verified.claims;
        let facts = claims.take_facts(registered).ok_or(Rejected::Claims)?;
        Ok(Self { kid: verified.kid, claims, facts, described: ArcSwapOption::empty() })
    }
}

/// What introspection says of a token for one state of what it rests on.
pub(super) struct Described {
    pub(super) basis: ComposedBasis,
    pub(super) json: Arc<str>,
}

/// The cache, by SHA-256 of the whole token (I12).
pub(super) struct VerifiedTokens {
    cache: Cache<[u8; 32], Arc<VerifiedToken>>,
}

impl VerifiedTokens {
    pub(super) fn new(capacity: usize) -> Self {
        Self { cache: Cache::new(capacity) }
    }

    /// The token, if one of the ring's keys signed it for this issuer. What a registered scope lets through never changes,
    /// so it is read once.
    pub(super) fn verify(
        &self,
        token: &str,
        issuer: &str,
        ring: &KeyRing,
        registered: &[RegisteredScope],
    ) -> Option<Arc<VerifiedToken>> {
        if token.len() > jwt::MAX_TOKEN_BYTES {
            return None;
        }
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        let key = <[u8; 32]>::try_from(hash.as_ref()).ok()?;
        if let Some(known) = self.cache.get(&key) {
            let key_still_counts = ring.find(known.kid).is_some_and(|key| key.facts().state.verifies());
            return key_still_counts.then_some(known);
        }
        let token = Arc::new(VerifiedToken::read(token, issuer, ring, registered).ok()?);
        self.cache.insert(key, Arc::clone(&token));
        Some(token)
    }
}
