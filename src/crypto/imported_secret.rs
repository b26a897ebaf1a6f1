//! Secrets that are brought along from another system, as text or as an Argon2id hash: which of them are taken. A text
//! becomes a hash at once; whatever was not generated here is kept like a password.

use std::fmt;

use argon2::{Algorithm, Params, Version, password_hash::phc};
use serde::{Deserialize, Deserializer, de};
use thiserror::Error;
use zeroize::Zeroizing;

use super::password::{MAX_BYTES, MOST_LANES, MOST_MEMORY_KIB, MOST_PASSES, PasswordHash};

/// Fewest characters of a secret: with letters and digits, 16 can hold 95 bits. Whether they do, nobody can see.
pub const FEWEST_CHARACTERS: usize = 16;

/// OWASP's smallest memory for Argon2id is 7 MiB.
const LEAST_MEMORY_KIB: u32 = 7 * 1024;
/// Memory times passes. Everything that OWASP calls equally strong lies above, and so do the defaults of common libraries, of
/// which 16 MiB twice is the least.
const LEAST_WORK_KIB: u64 = 32 * 1024;
/// Shorter salts and outputs are of no library's default (RFC 9106 section 3.1 asks for 16 bytes and at least 4).
const LEAST_SALT: usize = 8;
const LEAST_OUTPUT: usize = 16;

/// A secret that somebody may import. Wiped from memory when dropped.
pub struct ImportedSecret(Zeroizing<String>);

/// Why a text cannot be imported as a secret. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnacceptableSecret {
    /// Somebody could guess it.
    #[error("a secret needs at least {FEWEST_CHARACTERS} characters; give the key a generated one instead")]
    TooShort,
    /// Nobody sends such.
    #[error("a secret has at most {MAX_BYTES} bytes")]
    TooLong,
    /// A line break or the like.
    #[error("a secret has no control characters; check that it was copied without a line break")]
    ControlCharacter,
}

impl ImportedSecret {
    /// Checks the text.
    ///
    /// # Errors
    /// [`UnacceptableSecret`].
    pub fn parse(text: Zeroizing<String>) -> Result<Self, UnacceptableSecret> {
        match &text {
            text if text.chars().count() < FEWEST_CHARACTERS => Err(UnacceptableSecret::TooShort),
            text if text.len() > MAX_BYTES => Err(UnacceptableSecret::TooLong),
            text if text.chars().any(char::is_control) => Err(UnacceptableSecret::ControlCharacter),
            _ => Ok(Self(text)),
        }
    }

    /// The text, for whoever hashes it.
    #[must_use]
    pub fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl fmt::Debug for ImportedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ImportedSecret(…)")
    }
}

/// A text of a request that may be secret: no message ever quotes it.
pub struct SecretMember(pub Zeroizing<String>);

impl fmt::Debug for SecretMember {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretMember(…)")
    }
}

impl<'de> Deserialize<'de> for SecretMember {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The message of the library would quote what it found instead of a text.
        let text = String::deserialize(deserializer).map_err(|_| de::Error::custom("expected a text"))?;
        Ok(Self(Zeroizing::new(text)))
    }
}

/// Why a hash cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnacceptableHash {
    /// No PHC string, or without salt or output, or with parameters that the hash does not have.
    #[error("the hash is no PHC string of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash")]
    Malformed,
    /// Another algorithm.
    #[error("the hash is not one of argon2id; import the secret itself, or give the key a generated one")]
    Algorithm,
    /// The version of before 2015.
    #[error("the hash is not of version 19 of argon2; import the secret itself")]
    Version,
    /// A table must not be able to ask for the machine's whole memory.
    #[error("the hash costs too much to check: at most m={MOST_MEMORY_KIB}, t={MOST_PASSES}, p={MOST_LANES}")]
    TooCostly,
    /// Whoever steals it could guess the secret.
    #[error(
        "the hash is too weak: at least m={LEAST_MEMORY_KIB} and m × t = {LEAST_WORK_KIB}; import the secret itself"
    )]
    TooWeak,
}

impl UnacceptableHash {
    /// The word that programs tell it by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "hash_malformed",
            Self::Algorithm => "hash_algorithm",
            Self::Version => "hash_version",
            Self::TooCostly => "hash_too_costly",
            Self::TooWeak => "hash_too_weak",
        }
    }
}

/// A hash that another system made.
///
/// # Errors
/// [`UnacceptableHash`].
pub fn accept_hash(text: &str) -> Result<PasswordHash, UnacceptableHash> {
    if text.strip_prefix('$').and_then(|rest| rest.split('$').next()).is_some_and(|name| name != "argon2id") {
        return Err(UnacceptableHash::Algorithm);
    }
    let hash = phc::PasswordHash::new(text).map_err(|_| UnacceptableHash::Malformed)?;
    if hash.version != Some(Version::V0x13.into()) {
        return Err(UnacceptableHash::Version);
    }
    let names: Vec<_> = hash.params.iter().map(|(name, _)| name).collect();
    let salt = hash.salt.as_ref().map_or(0, |salt| salt.len());
    let output = hash.hash.as_ref().map_or(0, phc::Output::len);
    let fits = names.iter().map(phc::Ident::as_str).eq(["m", "t", "p"]) && salt >= LEAST_SALT && output >= LEAST_OUTPUT;
    let costs =
        Params::try_from(&hash).ok().filter(|_| fits && hash.algorithm.as_str() == Algorithm::Argon2id.as_str());
    let costs = costs.ok_or(UnacceptableHash::Malformed)?;
    let work = u64::from(costs.m_cost()) * u64::from(costs.t_cost());
    if costs.m_cost() < LEAST_MEMORY_KIB || work < LEAST_WORK_KIB {
        return Err(UnacceptableHash::TooWeak);
    }
    PasswordHash::parse(text).map_err(|_| UnacceptableHash::TooCostly)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "c29tZXNhbHRzb21lc2FsdA";
    const OUTPUT: &str = "qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU";

    fn phc(parameters: &str) -> String {
        format!("$argon2id$v=19${parameters}${SALT}${OUTPUT}")
    }

    // Covers: KM-25
    #[test]
    fn a_hash_is_taken_within_its_bounds_and_told_apart_by_a_word_beyond() {
        for fitting in ["m=19456,t=2,p=1", "m=7168,t=5,p=1", "m=65536,t=10,p=4", "m=16384,t=2,p=1", "m=47104,t=1,p=1"] {
            assert!(accept_hash(&phc(fitting)).is_ok(), "{fitting}");
        }
        let good = phc("m=19456,t=2,p=1");
        let cases = [
            (String::new(), UnacceptableHash::Malformed),
            ("plain text".to_owned(), UnacceptableHash::Malformed),
            (format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}"), UnacceptableHash::Malformed),
            ("$argon2id$v=19$m=19456,t=2,p=1".to_owned(), UnacceptableHash::Malformed),
            (good.replace(",p=1", ",p=1,keyid=AAAA"), UnacceptableHash::Malformed),
            (good.replace(",p=1", ""), UnacceptableHash::Malformed),
            (good.replace("m=19456", "m=x"), UnacceptableHash::Malformed),
            (good.replace(SALT, "c2FsdA"), UnacceptableHash::Malformed),
            (good.replace(OUTPUT, "qLml5cbqFAO6Yw"), UnacceptableHash::Malformed),
            (good.replace("argon2id", "argon2i"), UnacceptableHash::Algorithm),
            (good.replace("argon2id", "argon2d"), UnacceptableHash::Algorithm),
            ("$2b$12$abcdefghijklmnopqrstuv".to_owned(), UnacceptableHash::Algorithm),
            (good.replace("v=19", "v=16"), UnacceptableHash::Version),
            (good.replace("$v=19", ""), UnacceptableHash::Version),
            (phc("m=65537,t=2,p=1"), UnacceptableHash::TooCostly),
            (phc("m=19456,t=11,p=1"), UnacceptableHash::TooCostly),
            (phc("m=19456,t=2,p=5"), UnacceptableHash::TooCostly),
            (phc("m=4294967295,t=2,p=1"), UnacceptableHash::TooCostly),
            (phc("m=4096,t=10,p=1"), UnacceptableHash::TooWeak),
            (phc("m=7168,t=4,p=1"), UnacceptableHash::TooWeak),
        ];
        for (text, expected) in cases {
            assert_eq!(accept_hash(&text), Err(expected), "{text}");
        }
    }

    // Covers: KM-25
    #[test]
    fn a_secret_is_long_enough_and_one_line() {
        let judge =
            |text: &str| ImportedSecret::parse(Zeroizing::new(text.to_owned())).map(|secret| secret.into_text().len());
        assert_eq!(judge("0123456789abcdef"), Ok(16));
        assert_eq!(judge("0123456789abcde"), Err(UnacceptableSecret::TooShort));
        assert_eq!(judge("éééééééé"), Err(UnacceptableSecret::TooShort), "characters count, not bytes");
        assert_eq!(judge(&"x".repeat(MAX_BYTES + 1)), Err(UnacceptableSecret::TooLong));
        assert_eq!(judge("0123456789abcdef\n"), Err(UnacceptableSecret::ControlCharacter));
        let secret = ImportedSecret::parse(Zeroizing::new("0123456789abcdef".to_owned())).expect("long enough");
        assert!(!format!("{secret:?}").contains("0123"));
    }
}
