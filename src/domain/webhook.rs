//! Webhooks: where a space wants to hear of events.

use std::{fmt, net::IpAddr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;
use url::{Host, Url};

use super::{
    event::EventKind,
    ids::{SpaceId, WebhookId},
    text_enum::text_enum,
    time::Timestamp,
};

/// For how long calls are signed with the secret before the present one, too.
pub const PREVIOUS_SECRET_LIFE: Duration = Duration::from_hours(24);

/// Characters of a URL.
const LONGEST_URL: usize = 500;

text_enum! {
    /// Whether a webhook hears.
    WebhookState {
        /// It does.
        Active = "active",
        /// Somebody has disabled it.
        Disabled = "disabled",
        /// Its receiver has answered that it is gone for good (410).
        Gone = "gone",
    }
}

/// Where a webhook listens: an absolute URL over TLS, or without TLS on loopback; exactly as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

/// Why a URL cannot be that of a webhook. The text is not repeated, since it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this cannot be the URL of a webhook: {0}")]
pub struct InvalidWebhookUrl(pub &'static str);

impl WebhookUrl {
    /// Checks the form. Plain `http` is for loopback.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidWebhookUrl> {
        if text.len() > LONGEST_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidWebhookUrl("it has at most 500 visible ASCII characters and no white space"));
        }
        let url = Url::parse(text)
            .map_err(|_| InvalidWebhookUrl("it is an absolute URL, such as `https://hooks.example.com/keystead`"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidWebhookUrl("it names no user; receivers know us by the signature"));
        }
        if url.fragment().is_some() {
            return Err(InvalidWebhookUrl("it has no fragment"));
        }
        match url.scheme() {
            "https" if url.host().is_some() => Ok(Self(text.to_owned())),
            "http" if is_loopback(&url) => Ok(Self(text.to_owned())),
            _ => Err(InvalidWebhookUrl("it begins with https:")),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it lies on the machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// The address that it names instead of a host, if it does.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match Url::parse(&self.0).ok()?.host()? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        }
    }

    /// The host alone, for logs: path and query may hold what only the receiver should know.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A webhook, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Whose events it hears.
    pub space: SpaceId,
    /// Where it listens.
    pub url: WebhookUrl,
    /// The kinds it wants; none named means all.
    pub kinds: Vec<EventKind>,
    /// Whether it hears.
    pub state: WebhookState,
    /// Until when the secret before the present one signs too, if there was one.
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Webhook {
    /// Whether it is told of such an event.
    #[must_use]
    pub fn wants(&self, kind: EventKind) -> bool {
        self.state == WebhookState::Active && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_listens_over_tls_or_on_loopback_and_names_nobody() {
        for good in ["https://hooks.example.com/a?b=c", "http://127.0.0.1:9/x", "http://localhost/", "http://[::1]:1/"]
        {
            assert!(WebhookUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "hooks",
            "/hooks",
            "http://hooks.example.com/",
            "https://user@hooks.example.com/",
            "https://user:word@hooks.example.com/",
            "https://:word@hooks.example.com/",
            "https://hooks.example.com/#part",
            "https://hooks.example.com/a b",
            "ftp://hooks.example.com/",
            "file:///etc/passwd",
        ] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            WebhookUrl::parse("https://hooks.example.com/token/1").expect("it is one").host(),
            "hooks.example.com"
        );
    }
}
