//! Audiences: the absolute URIs by which tokens name the API they are for (RFC 8707 section 2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;
use url::Url;

/// An absolute URI without fragment, kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Audience(String);

/// The text is no audience.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an absolute URI without fragment of at most 500 characters, such as `https://api.example.com`")]
pub struct InvalidAudience(String);

impl Audience {
    /// Checks the form (RFC 8707 section 2).
    ///
    /// # Errors
    /// Names the text that has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidAudience> {
        let fits = text.len() <= 500
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && !text.contains('#')
            && Url::parse(text).is_ok();
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidAudience(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
