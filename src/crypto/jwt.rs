//! Tokens: signing, and the one verifier. Nothing else in the tree decodes a token.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::{
    key_ring::{KeyRing, RingKey},
    low_s,
    signing::{SigningKeyError, encoded_length, verification_algorithm},
    strict_json,
};
use crate::domain::{
    ids::SigningKeyId,
    signing_key::{SigningAlgorithm, SigningKeyState},
    text_enum::{TextEnum, text_enum},
    time::Timestamp,
};

/// Bytes that a token may have; longer ones are neither made nor looked at (J8).
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// How far in the future `nbf` and `iat` may lie, for clocks that differ. `exp` has no leeway.
pub const LEEWAY: Duration = Duration::from_secs(5);

text_enum! {
    /// What a token is for; its header says so and each use takes one type only (RFC 8725 section 3.11).
    TokenType {
        /// An access token (RFC 9068 section 2.1).
        AccessToken = "at+jwt",
        /// An id token (OpenID Connect Core section 2).
        IdToken = "JWT",
        /// A logout token (OpenID Connect Back-Channel Logout section 2.4).
        LogoutToken = "logout+jwt",
    }
}

/// Claims that every token has (RFC 7519 section 4.1). Times are whole seconds since 1970.
///
/// The implementing struct denies unknown fields and makes these fields required; that is what refuses a token without
/// them or with another type in their place.
pub trait RegisteredClaims {
    /// `iss`.
    fn issuer(&self) -> &str;
    /// `aud`: one string, never a list.
    fn audience(&self) -> &str;
    /// `exp`.
    fn expires_at(&self) -> i64;
    /// `nbf`.
    fn not_before(&self) -> i64;
    /// `iat`.
    fn issued_at(&self) -> i64;
}

/// A token whose signature, type, issuer and form are right. Its times are checked apart, by [`check_times`], as often
/// as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<C> {
    /// The key that signed it.
    pub kid: SigningKeyId,
    /// What it says.
    pub claims: C,
}

/// Why a token is refused. For logs and tests: a caller only hears that the token is not active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Rejected {
    /// More than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not `header.claims.signature`.
    #[error("the token has not exactly three parts")]
    Parts,
    /// A part is not base64url without padding, written the one canonical way.
    #[error("a part of the token is not canonical base64url")]
    Encoding,
    /// The header is not an object of exactly `alg`, `kid` and `typ`, all strings.
    #[error("the header has other members than `alg`, `kid` and `typ`")]
    Header,
    /// Made for another use.
    #[error("the token is of another type")]
    Type,
    /// No such key here.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// Not the algorithm that the key is used with.
    #[error("the token names another algorithm than its key has")]
    Algorithm,
    /// A key that signs nothing yet or no longer counts.
    #[error("the key of the token is not in use")]
    KeyState,
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
    /// Not the claims that this type has: missing, unknown, twice, of a wrong type, or nested too deep.
    #[error("the claims are not those of such a token")]
    Claims,
    /// From somebody else.
    #[error("the token is of another issuer")]
    Issuer,
    /// For nobody.
    #[error("the token has no audience")]
    Audience,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` has not come.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

/// Why no token is made.
#[derive(Debug, Error)]
pub enum SignError {
    /// Only active keys sign.
    #[error("signing key {kid} is {state}; only an active key signs")]
    NotActive {
        /// Which key.
        kid: SigningKeyId,
        /// Where it stands.
        state: SigningKeyState,
    },
    /// The claims cannot be written.
    #[error("the claims cannot be written as JSON")]
    Claims,
    /// The verifier would refuse it.
    #[error("the token would have {bytes} bytes, at most {MAX_TOKEN_BYTES} are allowed; give the key fewer roles")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// No signature.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

/// Makes a token (RFC 7515 section 7.1).
///
/// # Errors
/// The key does not sign, or the claims are too many.
pub fn sign(key: &RingKey, typ: TokenType, claims: &impl Serialize) -> Result<String, SignError> {
    let facts = key.facts();
    if facts.state != SigningKeyState::Active {
        return Err(SignError::NotActive { kid: facts.id, state: facts.state });
    }
    let claims = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
    let header = key.header(typ);
    let bytes = header.len() + 1 + encoded_length(claims.len()) + key.pair().added_characters();
    if bytes > MAX_TOKEN_BYTES {
        return Err(SignError::TooLong { bytes });
    }
    let mut token = String::with_capacity(bytes);
    token.push_str(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    Ok(key.pair().sign_compact(token)?)
}

/// Takes a token of this type, signed by a key of this ring for this issuer, and nothing else (RFC 9068 section 4,
/// RFC 8725 section 3). Does no I/O and asks nobody.
///
/// # Errors
/// The first reason to refuse it. The claims are not even read before the signature is found to be right.
pub fn verify<C: RegisteredClaims + DeserializeOwned>(
    token: &str,
    typ: TokenType,
    issuer: &str,
    ring: &KeyRing,
) -> Result<Verified<C>, Rejected> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Rejected::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Rejected::Parts)?;
    let (header, claims) = signed.split_once('.').ok_or(Rejected::Parts)?;
    if claims.contains('.') {
        return Err(Rejected::Parts);
    }
    let key = key_of(&decode(header)?, typ, ring)?;
    let claims = decode(claims)?;
    check_signature(key, signed, signature)?;
    let claims: C = strict_json::object(&claims).ok_or(Rejected::Claims)?;
    if claims.issuer() != issuer {
        return Err(Rejected::Issuer);
    }
    if claims.audience().is_empty() {
        return Err(Rejected::Audience);
    }
    Ok(Verified { kid: key.id(), claims })
}

/// The key that a token names, whether it is there and signed it or not.
#[must_use]
pub fn named_key(token: &str) -> Option<SigningKeyId> {
    let (header, _) = token.split_once('.').filter(|_| token.len() <= MAX_TOKEN_BYTES)?;
    let header: Header = strict_json::object(&decode(header).ok()?)?;
    header.kid.parse().ok()
}

/// Whether a verified token is within its time. Apart from [`verify`], whose answer may be kept while time passes.
///
/// # Errors
/// It has expired, or its time has not come.
pub fn check_times(claims: &impl RegisteredClaims, now: Timestamp) -> Result<(), Rejected> {
    let latest = now.plus(LEEWAY);
    if Timestamp::from_seconds(claims.expires_at()) <= now {
        return Err(Rejected::Expired);
    }
    if Timestamp::from_seconds(claims.not_before()) > latest {
        return Err(Rejected::NotYetValid);
    }
    if Timestamp::from_seconds(claims.issued_at()) > latest {
        return Err(Rejected::IssuedInFuture);
    }
    Ok(())
}

/// Exactly these three: `crit`, `jwk`, `jku`, `x5u`, `zip`, `b64` and whatever comes next are refused as unknown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

fn decode(part: &str) -> Result<Vec<u8>, Rejected> {
    // This engine refuses padding, white space and unused bits that are not zero.
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected::Encoding)
}

fn key_of<'a>(header: &[u8], typ: TokenType, ring: &'a KeyRing) -> Result<&'a RingKey, Rejected> {
    let header: Header = strict_json::object(header).ok_or(Rejected::Header)?;
    if header.typ != typ.as_str() {
        return Err(Rejected::Type);
    }
    let kid = header.kid.parse().map_err(|_| Rejected::UnknownKey)?;
    let key = ring.find(kid).ok_or(Rejected::UnknownKey)?;
    let algorithm: SigningAlgorithm = header.alg.parse().map_err(|_| Rejected::Algorithm)?;
    if algorithm != key.facts().algorithm {
        return Err(Rejected::Algorithm);
    }
    if !key.facts().state.verifies() {
        return Err(Rejected::KeyState);
    }
    Ok(key)
}

fn check_signature(key: &RingKey, signed: &str, signature: &str) -> Result<(), Rejected> {
    let algorithm = key.facts().algorithm;
    if algorithm == SigningAlgorithm::Es256 && !low_s::is_normalized(signature) {
        return Err(Rejected::Signature);
    }
    let algorithm = verification_algorithm(algorithm);
    match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), key.decoding(), algorithm) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Rejected::Signature),
        Err(_) => Err(Rejected::Encoding),
    }
}
