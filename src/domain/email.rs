//! Addresses of mail, and the domains they lie in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

/// An address: one `@`, a name before it and a domain behind it, at most 254 characters (RFC 5321 section 4.5.3.1). The
/// domain is kept in lower case; the name before it is the business of that domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// A domain such as `example.com`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailDomain(String);

/// The text is no address. It is not repeated, since it may be one that was mistyped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an e-mail address looks like `name@example.com` and has at most 254 characters")]
pub struct InvalidEmail;

/// The text is no domain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a domain such as `example.com`")]
pub struct InvalidEmailDomain(String);

impl Email {
    /// Checks the form.
    ///
    /// # Errors
    /// Says what the form is.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let (name, domain) = text.split_once('@').ok_or(InvalidEmail)?;
        let domain = EmailDomain::parse(domain).map_err(|_| InvalidEmail)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
        let fits = (1..=64).contains(&name.len()) && text.len() <= 254 && name.bytes().all(plain);
        if fits { Ok(Self(format!("{name}@{domain}"))) } else { Err(InvalidEmail) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it lies in one of these domains or below it.
    #[must_use]
    pub fn lies_in(&self, domains: &[EmailDomain]) -> bool {
        let own = self.0.rsplit('@').next().unwrap_or_default();
        domains.iter().any(|domain| {
            own.strip_suffix(domain.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Email(…)")
    }
}

impl EmailDomain {
    /// Lower-cases and checks a domain: labels of letters, digits and hyphens (RFC 1035 section 2.3.1).
    ///
    /// # Errors
    /// Names what was given.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailDomain> {
        let domain = text.to_ascii_lowercase();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let fits = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
        if fits { Ok(Self(domain)) } else { Err(InvalidEmailDomain(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for EmailDomain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
