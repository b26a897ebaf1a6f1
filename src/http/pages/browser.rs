//! One browser, told from others by a random cookie that it gets at its first contact. It names nobody; requests and forms are
//! bound to it before anybody logs in.

use actix_web::{HttpRequest, http::header::HeaderValue};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::cookies::Cookie;
use crate::{
    config::Issuer,
    crypto::random::{OsRandom, RandomUnavailable},
};

/// How long a browser is told from others after its last visit.
const LIFE_SECONDS: u64 = 30 * 24 * 60 * 60;
/// Characters of the cookie: 32 random bytes.
const LENGTH: usize = 43;

/// A browser.
#[derive(Clone)]
pub struct Browser {
    value: String,
    is_new: bool,
}

impl Browser {
    /// The browser that this request comes from, or a new one.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn of(req: &HttpRequest, issuer: &Issuer) -> Result<Self, RandomUnavailable> {
        match Cookie::Browser.read(req, issuer).filter(|value| value.len() == LENGTH) {
            Some(value) => Ok(Self { value: value.to_owned(), is_new: false }),
            None => Ok(Self { value: URL_SAFE_NO_PAD.encode(OsRandom::bytes::<32>()?), is_new: true }),
        }
    }

    /// What is kept to recognize it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, self.value.as_bytes());
        digest.as_ref().try_into().unwrap_or_default()
    }

    /// Whether it was never seen before, so that it cannot have got a form from here.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// The header by which a new browser is recognized next time.
    #[must_use]
    pub fn cookie(&self, issuer: &Issuer) -> Option<HeaderValue> {
        if self.is_new { Cookie::Browser.set(issuer, &self.value, LIFE_SECONDS) } else { None }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.value.as_bytes()
    }
}
