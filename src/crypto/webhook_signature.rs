//! Signatures of calls to webhooks, as the convention Standard Webhooks (version 1.0.0) has them.
//!
//! What is signed is `id.timestamp.body`, with HMAC-SHA-256. The key is what base64 makes of the 56 characters after the
//! prefix of the secret: libraries for Standard Webhooks take `whsec_` and these characters.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    sealed::{MasterKey, SealError, webhook_secret_context},
    secret_text::SecretText,
};
use crate::domain::{ids::WebhookId, time::Timestamp};

/// The key of one secret.
pub struct WebhookKey(hmac::Key);

/// The part of a secret that its key is made of.
fn key_text(secret: &str) -> &str {
    secret.split_once('_').map_or("", |(_, rest)| rest)
}

/// The secret of a webhook as it may be stored: unlike a credential it has to sign, so a hash of it is not enough.
///
/// # Errors
/// As [`MasterKey::seal`].
pub fn seal(master: &MasterKey, webhook: WebhookId, secret: &SecretText) -> Result<Vec<u8>, SealError> {
    master.seal(&webhook_secret_context(webhook), secret.expose().as_bytes())
}

impl WebhookKey {
    /// The key of the secret that was stored for this webhook.
    ///
    /// # Errors
    /// As [`MasterKey::open`].
    pub fn open(master: &MasterKey, webhook: WebhookId, sealed: &[u8]) -> Result<Self, SealError> {
        let secret = master.open(&webhook_secret_context(webhook), sealed)?;
        let text = std::str::from_utf8(&secret).map_err(|_| SealError::Altered)?;
        Self::of_secret(text).ok_or(SealError::Altered)
    }

    /// The key of this secret, which is written with its prefix.
    #[must_use]
    pub fn of_secret(secret: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(key_text(secret)).ok().filter(|bytes| !bytes.is_empty())?);
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// One signature, with its version.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{}.{body}", at.as_seconds()).as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the convention itself.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = WebhookKey::of_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let at = Timestamp::from_seconds(1_614_265_330);
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_no_key() {
        for text in ["", "ksh_", "ksh", "ksh_%%%%", "ksh_abc"] {
            assert!(WebhookKey::of_secret(text).is_none(), "{text}");
        }
    }
}
