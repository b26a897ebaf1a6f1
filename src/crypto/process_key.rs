//! A key that one process makes, keeps in memory and takes with it: for tags that nobody else ever checks.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{
    keyed_hash::tag,
    random::{OsRandom, RandomUnavailable},
};

/// 32 random bytes.
pub struct ProcessKey(hmac::Key);

impl ProcessKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn generate() -> Result<Self, RandomUnavailable> {
        let bytes = Zeroizing::new(OsRandom::bytes::<32>()?);
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice())))
    }

    /// HMAC-SHA-256 of the parts, each preceded by its length. `purpose` keeps tags of different uses apart.
    #[must_use]
    pub fn tag(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        tag(&self.0, purpose, parts)
    }
}

impl fmt::Debug for ProcessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ProcessKey(…)")
    }
}
