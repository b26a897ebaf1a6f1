//! Proof Key for Code Exchange (RFC 7636), with the method S256 and no other.

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

/// A code challenge: 43 characters of base64url, the SHA-256 of the verifier (RFC 7636 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl<'de> Deserialize<'de> for CodeChallenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::kept(&text).ok_or_else(|| de::Error::custom(InvalidChallenge::Form))
    }
}

/// Why a challenge is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidChallenge {
    /// None was sent (A7).
    #[error("code_challenge is missing; every client uses PKCE with S256")]
    Missing,
    /// `plain`, which no method at all means, or an unknown one (AZ-16, AZ-17).
    #[error("code_challenge_method must be S256")]
    Method,
    /// Not what SHA-256 looks like in base64url (AZ-18).
    #[error("code_challenge must be 43 characters of base64url")]
    Form,
}

impl CodeChallenge {
    /// Checks what an authorization request says.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, InvalidChallenge> {
        let challenge = challenge.ok_or(InvalidChallenge::Missing)?;
        if method != Some("S256") {
            return Err(InvalidChallenge::Method);
        }
        Self::kept(challenge).ok_or(InvalidChallenge::Form)
    }

    /// A challenge as it was kept.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let fits = text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text has the form of a code verifier: 43 to 128 unreserved characters (RFC 7636 section 4.1).
#[must_use]
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
