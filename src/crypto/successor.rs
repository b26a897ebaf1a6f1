//! The successor of a refresh token, kept for a repeated request: sealed under a key that only the holder of the token itself
//! can derive (ruling 10).

use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use super::{
    sealed::{MasterKey, SealError},
    secret_text::{PresentedSecret, SecretText},
};

const CONTEXT: &str = "refresh token successor";
const INFO: &[u8] = b"keystead refresh token successor v1";

/// Seals the successor of a token that was presented.
///
/// # Errors
/// No randomness for the nonce.
pub fn seal(token: &PresentedSecret<'_>, successor: &SecretText) -> Result<Vec<u8>, SealError> {
    key_of(token)?.seal(CONTEXT, successor.expose().as_bytes())
}

/// Opens the successor that was sealed when this token was used first.
///
/// # Errors
/// It is not the successor of this token.
pub fn open(token: &PresentedSecret<'_>, sealed: &[u8]) -> Result<Zeroizing<String>, SealError> {
    let plain = key_of(token)?.open(CONTEXT, sealed)?;
    let text = str::from_utf8(&plain).map_err(|_| SealError::Altered)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn key_of(token: &PresentedSecret<'_>) -> Result<MasterKey, SealError> {
    let mut key = Zeroizing::new([0; 32]);
    let token = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(token.as_str().as_bytes());
    token
        .expand(&[INFO], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| SealError::Cipher)?;
    MasterKey::from_bytes(key)
}
