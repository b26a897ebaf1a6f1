//! Id tokens (OpenID Connect Core section 2): who logged in, for the application alone.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::claims::AccessTokenClaims;
use crate::{
    config::Issuer,
    crypto::jwt::RegisteredClaims,
    domain::{
        grant::Family,
        ids::{ApplicationId, SessionId},
        signing_key::SigningAlgorithm,
    },
};

/// What an id token says. Names and addresses are told by userinfo, not here. It is read back when an application that asks
/// for a logout shows it, and for nothing else.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdTokenClaims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    amr: Vec<String>,
}

impl IdTokenClaims {
    /// Beside an access token of the same authorization. `nonce` is repeated exactly when the request had one (OC-01).
    pub(super) fn of(issuer: &Issuer, access: &AccessTokenClaims, family: &Family, nonce: Option<String>) -> Self {
        Self {
            iss: issuer.as_str().to_owned(),
            sub: access.sub.clone(),
            aud: access.client_id.to_string(),
            iat: access.iat,
            exp: access.exp,
            auth_time: family.authenticated_at.as_seconds(),
            nonce,
            at_hash: None,
            sid: family.session,
            amr: vec!["pwd".to_owned()],
        }
    }

    /// Binds it to the access token: the left half of the hash that belongs to the algorithm (OpenID Connect Core section
    /// 3.1.3.6; Ed25519 hashes with SHA-512).
    pub(super) fn with_hash_of(mut self, access_token: &str, algorithm: SigningAlgorithm) -> Self {
        let hash = match algorithm {
            SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 => &digest::SHA256,
            SigningAlgorithm::EdDsa => &digest::SHA512,
        };
        let hash = digest::digest(hash, access_token.as_bytes());
        let half = hash.as_ref().get(..hash.as_ref().len() / 2).unwrap_or_default();
        self.at_hash = Some(URL_SAFE_NO_PAD.encode(half));
        self
    }

    /// The application that it was made for.
    pub(super) fn application(&self) -> Option<ApplicationId> {
        self.aud.parse().ok()
    }
}

impl RegisteredClaims for IdTokenClaims {
    fn issuer(&self) -> &str {
        &self.iss
    }

    fn audience(&self) -> &str {
        &self.aud
    }

    fn expires_at(&self) -> i64 {
        self.exp
    }

    /// It counts from the time at which it was made.
    fn not_before(&self) -> i64 {
        self.iat
    }

    fn issued_at(&self) -> i64 {
        self.iat
    }
}
