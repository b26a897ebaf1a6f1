//! The form of generated secrets: exactly 60 characters (L097, KM-02, K7).
//!
//! ```text
//! ksk_  J2X9NY3kvsfWyNTA  eK4R4ntHvLvk2JxqxLpppCoQUxQCZHiCQJ  43LB84
//!  4     16 public id      34 secret, 202 bits                 6 checksum
//! ```
//!
//! The checksum is CRC-32 (IEEE) of the first 54 characters in base 62. It tells a typing error from a guess and lets
//! garbage be refused before anything is looked up; it protects nothing.

use std::fmt;

use rand::TryRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::random::{OsRandom, RandomUnavailable};
use crate::domain::key_pair::PublicId;

/// Characters of a secret.
pub const LENGTH: usize = 60;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: usize = 4;
const PUBLIC_ID_END: usize = PREFIX + 16;
const SECRET_END: usize = PUBLIC_ID_END + 34;
/// The largest multiple of 62 that a byte can hold: bytes from here on would favour the first characters.
const UNBIASED: u8 = 248;

/// What a secret is for; its prefix says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// A credential of an API key, `ksk_`.
    ApiKey,
    /// A credential of another confidential client, such as a resource server, `kss_`.
    ClientSecret,
    /// What a person is invited with: the secret of a setup link, `ksi_`. No client logs in with it.
    Invitation,
    /// What an application exchanges for tokens, once, `ksc_`.
    AuthorizationCode,
    /// What an application gets new tokens for, `ksr_`.
    RefreshToken,
    /// The cookie of a browser in which somebody is logged in, `ksw_`.
    Session,
    /// What names a kept authorization request, `ksq_`.
    AuthorizationRequest,
    /// What calls of a webhook are signed with, `ksh_`. Nobody logs in with it.
    Webhook,
}

impl SecretKind {
    /// The first four characters.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "ksk_",
            Self::ClientSecret => "kss_",
            Self::Invitation => "ksi_",
            Self::AuthorizationCode => "ksc_",
            Self::RefreshToken => "ksr_",
            Self::Session => "ksw_",
            Self::AuthorizationRequest => "ksq_",
            Self::Webhook => "ksh_",
        }
    }

    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ApiKey,
        Self::ClientSecret,
        Self::Invitation,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::Session,
        Self::AuthorizationRequest,
        Self::Webhook,
    ];

    /// What a text wants to be by its first characters, whatever follows them.
    #[must_use]
    pub fn claimed_by(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

/// A secret that was just made, to be shown once. Wiped from memory when dropped.
pub struct SecretText {
    text: Zeroizing<String>,
    kind: SecretKind,
    public_id: PublicId,
}

/// A new secret and the public half that it carries.
#[derive(Debug)]
pub struct NewSecret {
    /// All 60 characters.
    pub text: SecretText,
    /// Characters 5 to 20.
    pub public_id: PublicId,
}

impl NewSecret {
    /// Makes a secret from the operating system's randomness.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn generate(kind: SecretKind) -> Result<Self, RandomUnavailable> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        text.push_str(kind.prefix());
        let mut random = Zeroizing::new([0; 64]);
        while text.len() < SECRET_END {
            OsRandom.try_fill_bytes(random.as_mut_slice())?;
            let missing = SECRET_END - text.len();
            text.extend(random.iter().filter(|byte| **byte < UNBIASED).take(missing).map(|byte| character(*byte)));
        }
        let sum = checksum(text.as_bytes());
        text.extend(sum.map(char::from));
        let public_id = public_id(&text).ok_or(RandomUnavailable)?;
        Ok(Self { text: SecretText { text, kind, public_id }, public_id })
    }
}

impl SecretText {
    /// The characters, for the one answer that shows them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The last four characters of the secret part, by which people recognize it. They do not include the checksum, so
    /// they give away 24 of 202 bits and no more.
    #[must_use]
    pub fn hint(&self) -> String {
        self.text.get(SECRET_END - 4..SECRET_END).unwrap_or_default().to_owned()
    }

    /// What the secret is for.
    #[must_use]
    pub const fn kind(&self) -> SecretKind {
        self.kind
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}…", self.kind.prefix(), self.public_id)
    }
}

/// Why a text cannot be a secret. Says nothing about whether one like it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidSecret {
    /// Another number of bytes.
    #[error("a secret has 60 characters")]
    Length,
    /// Another beginning.
    #[error("a secret begins with `ks`, a letter for its kind, and `_`, such as `ksk_`")]
    Prefix,
    /// A character that is neither letter nor digit.
    #[error("after its prefix a secret consists of letters and digits")]
    Alphabet,
    /// Mistyped, cut or made up.
    #[error("the checksum of the secret does not fit; it was probably not copied whole")]
    Checksum,
}

/// A text that somebody presented and that has the form of a secret. Borrowed, so that looking at it copies nothing.
#[derive(Clone, Copy)]
pub struct PresentedSecret<'a> {
    text: &'a str,
    kind: SecretKind,
    public_id: PublicId,
}

impl<'a> PresentedSecret<'a> {
    /// Checks the form, without allocating and without looking anything up.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, InvalidSecret> {
        if text.len() != LENGTH {
            return Err(InvalidSecret::Length);
        }
        let kind = SecretKind::claimed_by(text).ok_or(InvalidSecret::Prefix)?;
        if !text.bytes().skip(PREFIX).all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidSecret::Alphabet);
        }
        let (checked, sum) = text.as_bytes().split_at_checked(SECRET_END).ok_or(InvalidSecret::Length)?;
        if sum != checksum(checked) {
            return Err(InvalidSecret::Checksum);
        }
        let public_id = public_id(text).ok_or(InvalidSecret::Alphabet)?;
        Ok(Self { text, kind, public_id })
    }

    /// What the secret is for.
    #[must_use]
    pub const fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The public half it carries.
    #[must_use]
    pub const fn public_id(&self) -> PublicId {
        self.public_id
    }

    /// The same as it stands in the text.
    #[must_use]
    pub fn public_text(&self) -> &'a str {
        self.text.get(PREFIX..PUBLIC_ID_END).unwrap_or_default()
    }

    /// All characters.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }
}

impl<'a> From<&'a SecretText> for PresentedSecret<'a> {
    fn from(secret: &'a SecretText) -> Self {
        Self { text: secret.expose(), kind: secret.kind, public_id: secret.public_id }
    }
}

impl fmt::Debug for PresentedSecret<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}…", self.kind.prefix(), self.public_id)
    }
}

/// Whether a whole secret stands in the text, alone or among other words.
#[must_use]
pub fn holds_secret(text: &str) -> bool {
    words(text).any(|word| PresentedSecret::parse(word).is_ok())
}

/// Whether more than the public part of a secret may stand in the text, be it mistyped or cut.
#[must_use]
pub fn may_hold_secret(text: &str) -> bool {
    words(text).any(|word| word.len() > PUBLIC_ID_END && SecretKind::claimed_by(word).is_some())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
}

fn public_id(text: &str) -> Option<PublicId> {
    text.get(PREFIX..PUBLIC_ID_END)?.parse().ok()
}

fn character(byte: u8) -> char {
    ALPHABET.get(usize::from(byte % 62)).copied().map_or('0', char::from)
}

fn checksum(text: &[u8]) -> [u8; LENGTH - SECRET_END] {
    let mut rest = crc32fast::hash(text);
    let mut digits = [b'0'; LENGTH - SECRET_END];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(rest % 62).unwrap_or_default();
        *digit = ALPHABET.get(value).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}
