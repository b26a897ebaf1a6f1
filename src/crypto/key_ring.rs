//! The signing keys and peppers of a site, opened and ready.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use thiserror::Error;

use super::{
    jwt::TokenType,
    keyed_hash::Peppers,
    sealed::{MasterKey, SealError, signing_key_context},
    signing::{PublicJwk, SigningKeyError, SigningKeyPair},
};
use crate::domain::{
    ids::SigningKeyId,
    signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
};

/// A signing key cannot be opened.
#[derive(Debug, Error)]
#[error("signing key {kid}: {cause}")]
pub struct UnusableKey {
    /// Which one.
    pub kid: SigningKeyId,
    /// Why.
    #[source]
    pub cause: UnusableKeyCause,
}

/// Why a signing key cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnusableKeyCause {
    /// It cannot be unsealed.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// It can, but is no sound key.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

/// A signing key, opened: everything that can be computed once is.
#[derive(Debug)]
pub struct RingKey {
    facts: SigningKeyFacts,
    pair: SigningKeyPair,
    jwk: PublicJwk,
    decoding: DecodingKey,
    headers: [String; 3],
}

impl RingKey {
    /// Opens a key as it is stored.
    ///
    /// # Errors
    /// It was sealed under another master key, for another `kid` or algorithm, or is no sound key.
    pub fn open(facts: SigningKeyFacts, sealed: &[u8], master: &MasterKey) -> Result<Self, UnusableKey> {
        let kid = facts.id;
        Self::pair_of(&facts, sealed, master)
            .map(|pair| Self::new(facts, pair))
            .map_err(|cause| UnusableKey { kid, cause })
    }

    /// Makes a new pair and its sealed form, to be stored under this `kid`.
    ///
    /// # Errors
    /// The library makes no key, or the system gives no randomness.
    pub fn generate_sealed(
        id: SigningKeyId,
        algorithm: SigningAlgorithm,
        master: &MasterKey,
    ) -> Result<Vec<u8>, UnusableKey> {
        let sealed = SigningKeyPair::generate(algorithm)
            .map_err(UnusableKeyCause::Key)
            .and_then(|(_, pkcs8)| Ok(master.seal(&signing_key_context(id, algorithm), &pkcs8)?));
        sealed.map_err(|cause| UnusableKey { kid: id, cause })
    }

    fn pair_of(facts: &SigningKeyFacts, sealed: &[u8], master: &MasterKey) -> Result<SigningKeyPair, UnusableKeyCause> {
        let pkcs8 = master.open(&signing_key_context(facts.id, facts.algorithm), sealed)?;
        Ok(SigningKeyPair::from_pkcs8(facts.algorithm, &pkcs8)?)
    }

    fn new(facts: SigningKeyFacts, pair: SigningKeyPair) -> Self {
        let jwk = pair.public_jwk(facts.id);
        let decoding = pair.decoding_key();
        let headers =
            [TokenType::AccessToken, TokenType::IdToken, TokenType::LogoutToken].map(|typ| header(&facts, typ));
        Self { facts, pair, jwk, decoding, headers }
    }

    /// The `kid`.
    #[must_use]
    pub const fn id(&self) -> SigningKeyId {
        self.facts.id
    }

    /// Everything about the key but the key.
    #[must_use]
    pub const fn facts(&self) -> &SigningKeyFacts {
        &self.facts
    }

    /// The key itself.
    #[must_use]
    pub const fn pair(&self) -> &SigningKeyPair {
        &self.pair
    }

    /// The public half as it is published.
    #[must_use]
    pub const fn jwk(&self) -> &PublicJwk {
        &self.jwk
    }

    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The first part of tokens of this type, base64url.
    pub(super) const fn header(&self, typ: TokenType) -> &str {
        let [access_token, id_token, logout_token] = &self.headers;
        match typ {
            TokenType::AccessToken => access_token.as_str(),
            TokenType::IdToken => id_token.as_str(),
            TokenType::LogoutToken => logout_token.as_str(),
        }
    }
}

/// All keys of a site.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<Arc<RingKey>>,
    peppers: Arc<Peppers>,
}

/// The public keys of a site (RFC 7517 section 5).
#[derive(Debug, Serialize)]
pub struct Jwks<'a> {
    keys: Vec<&'a PublicJwk>,
}

impl KeyRing {
    /// A ring of these keys.
    #[must_use]
    pub const fn new(keys: Vec<Arc<RingKey>>, peppers: Arc<Peppers>) -> Self {
        Self { keys, peppers }
    }

    /// All signing keys, whatever their state.
    #[must_use]
    pub fn keys(&self) -> &[Arc<RingKey>] {
        &self.keys
    }

    /// The peppers of secrets.
    #[must_use]
    pub fn peppers(&self) -> &Peppers {
        &self.peppers
    }

    /// The key that signs with this algorithm now.
    #[must_use]
    pub fn active(&self, algorithm: SigningAlgorithm) -> Option<&RingKey> {
        let signs = |facts: &SigningKeyFacts| facts.state == SigningKeyState::Active && facts.algorithm == algorithm;
        self.keys.iter().map(Arc::as_ref).find(|key| signs(&key.facts))
    }

    /// The key with this `kid`.
    #[must_use]
    pub fn find(&self, kid: SigningKeyId) -> Option<&RingKey> {
        self.keys.iter().map(Arc::as_ref).find(|key| key.facts.id == kid)
    }

    /// What the JWKS endpoint shows: the keys whose state is published.
    #[must_use]
    pub fn jwks(&self) -> Jwks<'_> {
        Jwks { keys: self.keys.iter().filter(|key| key.facts.state.is_published()).map(|key| &key.jwk).collect() }
    }
}

fn header(facts: &SigningKeyFacts, typ: TokenType) -> String {
    // All three values are words without a character that JSON would escape.
    let json = format!(r#"{{"typ":"{typ}","alg":"{}","kid":"{}"}}"#, facts.algorithm, facts.id);
    URL_SAFE_NO_PAD.encode(json)
}
