//! What is kept of a generated secret: HMAC-SHA-256 under a pepper. A fast hash is enough for 202 random bits
//! (NIST SP 800-63B-4, look-up secrets), and the key makes a stolen table worthless without the master key.

use std::{fmt, hint::black_box};

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    random::{OsRandom, RandomUnavailable},
    sealed::{MasterKey, SealError, pepper_context},
    secret_text::PresentedSecret,
};
use crate::domain::{ids::PepperId, key_pair::SecretHash};

/// A key of keyed hashes.
pub struct Pepper {
    id: PepperId,
    bytes: Zeroizing<[u8; 32]>,
    key: hmac::Key,
}

impl Pepper {
    /// A new random pepper.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn generate(id: PepperId) -> Result<Self, RandomUnavailable> {
        Ok(Self::from_bytes(id, Zeroizing::new(OsRandom::bytes()?)))
    }

    /// The pepper made of these 32 bytes.
    #[must_use]
    pub fn from_bytes(id: PepperId, bytes: Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
        Self { id, bytes, key }
    }

    /// Identifier.
    #[must_use]
    pub const fn id(&self) -> PepperId {
        self.id
    }

    /// The 32 bytes.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The pepper as it may be stored.
    ///
    /// # Errors
    /// As [`MasterKey::seal`].
    pub fn seal(&self, master: &MasterKey) -> Result<Vec<u8>, SealError> {
        master.seal(&pepper_context(self.id), self.bytes.as_slice())
    }

    /// The pepper that was stored under this id.
    ///
    /// # Errors
    /// As [`MasterKey::open`].
    pub fn open(id: PepperId, sealed: &[u8], master: &MasterKey) -> Result<Self, SealError> {
        let plain = master.open(&pepper_context(id), sealed)?;
        let bytes = plain.as_slice().try_into().map_err(|_| SealError::Altered)?;
        Ok(Self::from_bytes(id, Zeroizing::new(bytes)))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pepper({})", self.id)
    }
}

/// There is no pepper at all, so nothing can be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the site has no pepper; run `keystead init`")]
pub struct NoPepper;

/// All peppers in use, at least one.
#[derive(Debug)]
pub struct Peppers {
    newest: Pepper,
    older: Vec<Pepper>,
}

impl Peppers {
    /// The peppers, the newest first.
    ///
    /// # Errors
    /// There is none.
    pub fn newest_first(peppers: impl IntoIterator<Item = Pepper>) -> Result<Self, NoPepper> {
        let mut peppers = peppers.into_iter();
        Ok(Self { newest: peppers.next().ok_or(NoPepper)?, older: peppers.collect() })
    }

    /// The one that new hashes are made with.
    #[must_use]
    pub const fn newest(&self) -> &Pepper {
        &self.newest
    }

    /// Whether hashes of this pepper can be checked. If not, that is the site's trouble and not a wrong secret.
    #[must_use]
    pub fn contains(&self, id: PepperId) -> bool {
        self.find(id).is_some()
    }

    /// What to keep of a secret.
    #[must_use]
    pub fn hash<'a>(&self, secret: impl Into<PresentedSecret<'a>>) -> SecretHash {
        SecretHash { pepper: self.newest.id, hash: digest(&self.newest, &secret.into()) }
    }

    /// Whether this is the secret of which the hash was kept, in constant time.
    #[must_use]
    pub fn verify(&self, secret: &PresentedSecret<'_>, kept: &SecretHash) -> bool {
        let pepper = self.find(kept.pepper);
        let computed = digest(pepper.unwrap_or(&self.newest), secret);
        verify_slices_are_equal(&computed, &kept.hash).is_ok() && pepper.is_some()
    }

    /// Costs what [`Self::verify`] costs, so that the answer for an unknown client takes as long as for a wrong secret
    /// (TE-18).
    pub fn verify_dummy(&self, secret: &PresentedSecret<'_>) {
        let kept = SecretHash { pepper: self.newest.id, hash: [0; 32] };
        black_box(self.verify(black_box(secret), black_box(&kept)));
    }

    /// A tag under the newest pepper that nobody without it can make, for what leaves the server and comes back. `purpose`
    /// keeps tags of different uses apart, from each other and from hashes of secrets, which begin otherwise.
    #[must_use]
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        tag(&self.newest.key, purpose, parts)
    }

    /// Whether one of the peppers made this tag, in constant time.
    #[must_use]
    pub fn has_tagged(&self, purpose: &str, parts: &[&[u8]], presented: &[u8]) -> bool {
        let mut peppers = std::iter::once(&self.newest).chain(&self.older);
        peppers.any(|pepper| verify_slices_are_equal(&tag(&pepper.key, purpose, parts), presented).is_ok())
    }

    fn find(&self, id: PepperId) -> Option<&Pepper> {
        std::iter::once(&self.newest).chain(&self.older).find(|pepper| pepper.id == id)
    }
}

fn digest(pepper: &Pepper, secret: &PresentedSecret<'_>) -> [u8; 32] {
    bytes_of(hmac::sign(&pepper.key, secret.as_str().as_bytes()))
}

/// Each part is preceded by its length, so that no two lists of parts are the same text.
pub(super) fn tag(key: &hmac::Key, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    context.update(b"\0tag\0");
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    bytes_of(context.sign())
}

fn bytes_of(tag: hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (target, byte) in bytes.iter_mut().zip(tag.as_ref()) {
        *target = *byte;
    }
    bytes
}
