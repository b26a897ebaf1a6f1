//! The issuer: the URL by which everything names this site, compared byte for byte (RFC 8414 section 2, RFC 9207).

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

/// Where Keystead's own API stands, below the issuer.
pub const API_PATH: &str = "/api/v1";

/// Issuer identifier, kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer {
    text: String,
    host: String,
    path: String,
    loopback: bool,
}

/// The text is no issuer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not an issuer: {problem}")]
pub struct InvalidIssuer {
    text: String,
    problem: String,
}

impl Issuer {
    /// Checks the form (RFC 8414 section 2; `http` only for loopback, ruling 13).
    ///
    /// # Errors
    /// Says which rule the text breaks and how to write it.
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        // A password in the URL must not come back in the message.
        let shown = if text.contains('@') { "(not shown)" } else { text };
        let refuse = |problem: String| InvalidIssuer { text: shown.to_owned(), problem };
        let url =
            Url::parse(text).map_err(|error| refuse(format!("{error}; write it like `https://id.example.com`")))?;
        let loopback = url.host().is_some_and(|host| is_loopback(&host));
        if text.contains('@') {
            return Err(refuse("it must not carry a user or password".to_owned()));
        }
        if text.contains(['?', '#']) {
            return Err(refuse("it must have neither query nor fragment".to_owned()));
        }
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(refuse("`http` is allowed for loopback hosts only; use `https`".to_owned())),
            _ => return Err(refuse("it must begin with `https://`".to_owned())),
        }
        // Url repairs what it reads (case, default port, dot segments); whoever compares bytes would see another issuer.
        let repaired = url.as_str();
        if repaired != text && repaired.strip_suffix('/') != Some(text) {
            return Err(refuse(format!("write it as `{repaired}`")));
        }
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if !path.bytes().all(plain) || path.contains("//") || path.ends_with('/') {
            return Err(refuse("its path may hold letters, digits, `-`, `.`, `_`, `~` and single `/` only".to_owned()));
        }
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        Ok(Self { text: text.to_owned(), host, path: path.to_owned(), loopback })
    }

    /// The text, byte for byte as configured: `issuer` of metadata, `iss` of tokens and redirects.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names this machine: `localhost`, `127.0.0.0/8` or `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is an `https` URL, so that cookies can be `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// What the `Host` header of a request to this site holds: the host, with the port unless it is the scheme's own.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Path under which everything of the site stands: empty, or `/t/acme` without a slash at its end.
    #[must_use]
    pub fn path_prefix(&self) -> &str {
        &self.path
    }

    /// Path of a well-known document with the issuer's path after it (RFC 8414 section 3.1):
    /// `oauth-authorization-server` gives `/.well-known/oauth-authorization-server/t/acme`.
    #[must_use]
    pub fn well_known_path(&self, document: &str) -> String {
        format!("/.well-known/{document}{}", self.path)
    }

    /// Absolute URL of a path of this site: `/oauth/token` gives `https://id.example.com/oauth/token`.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> String {
        below(&self.text, path)
    }
}

/// Audience of Keystead's own API (ruling 26): `https://id.example.com/api/v1`.
#[must_use]
pub fn api_audience(issuer: &str) -> String {
    below(issuer, API_PATH)
}

fn below(issuer: &str, path: &str) -> String {
    format!("{}{path}", issuer.strip_suffix('/').unwrap_or(issuer))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).to_canonical().is_loopback(),
    }
}

impl TryFrom<String> for Issuer {
    type Error = InvalidIssuer;

    fn try_from(text: String) -> Result<Self, InvalidIssuer> {
        Self::parse(&text)
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.text
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
