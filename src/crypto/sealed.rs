//! Sealing of what only this site may read: AES-256-GCM under the master key, bound to the place it belongs to.
//!
//! ```text
//! version (1) | master key id (8) | nonce (12) | ciphertext and tag
//! ```
//!
//! Version and id are authenticated together with the context, so a blob can neither be moved to another row nor be
//! relabelled.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::random::{OsRandom, RandomUnavailable};
use crate::domain::{
    ids::{PepperId, SigningKeyId, WebhookId},
    signing_key::SigningAlgorithm,
};

const VERSION: u8 = 1;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 12;

/// What names a master key: derived from it, and telling nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MasterKeyId([u8; ID_BYTES]);

impl fmt::Display for MasterKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for MasterKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The key that signing keys and peppers are sealed under. Encryption key and id are derived from its 32 bytes under
/// different labels, so neither is the other.
pub struct MasterKey {
    id: MasterKeyId,
    key: LessSafeKey,
    bytes: Zeroizing<[u8; 32]>,
}

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Sealed under a key that is not the present one.
    #[error(
        "sealed under another master key (id {sealed}) than the present one (id {present}); put that key back in place or re-seal with it"
    )]
    OtherMasterKey {
        /// Names the key that is needed.
        sealed: MasterKeyId,
        /// Names the key that was tried.
        present: MasterKeyId,
    },
    /// The right key, but not what was sealed for this place.
    #[error("the sealed value does not belong here or was altered; restore the row from a backup")]
    Altered,
    /// From a later release.
    #[error("the sealed value has format {0}, this release knows only format 1; run the release that wrote it")]
    UnknownFormat(u8),
    /// No nonce could be made.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The cipher refused.
    #[error("the value could not be encrypted")]
    Cipher,
}

impl MasterKey {
    /// A new random key, not yet written anywhere.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn generate() -> Result<Self, SealError> {
        Self::from_bytes(Zeroizing::new(OsRandom::bytes()?))
    }

    /// The key made of these 32 bytes.
    ///
    /// # Errors
    /// The cipher does not take it, which does not happen with 32 bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Result<Self, SealError> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
        let encryption = Zeroizing::new(derive::<32>(&root, b"keystead master key: sealing v1"));
        let id = MasterKeyId(derive(&root, b"keystead master key: id v1"));
        let key = UnboundKey::new(&AES_256_GCM, encryption.as_slice()).map_err(|_| SealError::Cipher)?;
        Ok(Self { id, key: LessSafeKey::new(key), bytes })
    }

    /// Which key this is.
    #[must_use]
    pub const fn id(&self) -> MasterKeyId {
        self.id
    }

    pub(super) fn expose_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Seals a value for the place that `context` names.
    ///
    /// # Errors
    /// No randomness for the nonce.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = OsRandom::bytes::<NONCE_BYTES>()?;
        let aad = Aad::from(authenticated(self.id, context));
        let mut text = Zeroizing::new(plain.to_vec());
        let tag = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, text.as_mut_slice())
            .map_err(|_| SealError::Cipher)?;
        Ok([&[VERSION], self.id.0.as_slice(), nonce.as_slice(), text.as_slice(), tag.as_ref()].concat())
    }

    /// Opens a value that was sealed for the place that `context` names.
    ///
    /// # Errors
    /// Says whether another key is needed or the value is not the one that was sealed here.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Altered)?;
        if *version != VERSION {
            return Err(SealError::UnknownFormat(*version));
        }
        let (id, rest) = rest.split_first_chunk::<ID_BYTES>().ok_or(SealError::Altered)?;
        let id = MasterKeyId(*id);
        if id != self.id {
            return Err(SealError::OtherMasterKey { sealed: id, present: self.id });
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Altered)?;
        let mut text = Zeroizing::new(text.to_vec());
        let aad = Aad::from(authenticated(id, context));
        let length = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, text.as_mut_slice())
            .map_err(|_| SealError::Altered)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MasterKey({})", self.id)
    }
}

/// The place of a signing key: a private half cannot be moved to another `kid` or algorithm.
#[must_use]
pub fn signing_key_context(id: SigningKeyId, algorithm: SigningAlgorithm) -> String {
    format!("signing-key|{id}|{algorithm}")
}

/// The place of a pepper.
#[must_use]
pub fn pepper_context(id: PepperId) -> String {
    format!("pepper|{id}")
}

/// The place of a webhook's secret, the present one and the one before.
#[must_use]
pub fn webhook_secret_context(id: WebhookId) -> String {
    format!("webhook-secret|{id}")
}

fn authenticated(id: MasterKeyId, context: &str) -> Vec<u8> {
    [&[VERSION], id.0.as_slice(), context.as_bytes()].concat()
}

/// HMAC-SHA-256 as a pseudo-random function; `N` is at most 32.
fn derive<const N: usize>(root: &hmac::Key, label: &[u8]) -> [u8; N] {
    let tag = hmac::sign(root, label);
    let mut derived = [0; N];
    for (target, byte) in derived.iter_mut().zip(tag.as_ref()) {
        *target = *byte;
    }
    derived
}
