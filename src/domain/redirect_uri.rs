//! Redirect URIs: where browsers are sent back to (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 2.1).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;
use url::{Host, Url};

/// An absolute URI that was found fit, kept exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a URI cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{uri}` cannot be a redirect URI: {reason}")]
pub struct InvalidRedirectUri {
    /// What was given.
    pub uri: String,
    /// What is wrong with it and what would do.
    pub reason: &'static str,
}

/// What kind of place a redirect URI names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPlace {
    /// A web site, over TLS.
    Web,
    /// A program on the user's own device that listens on loopback.
    Loopback,
    /// A program on the user's own device that registered a scheme (RFC 8252 section 7.1).
    PrivateScheme,
}

impl RedirectUri {
    /// Checks a URI that somebody registers: `https`, `http` on loopback, or a private scheme in reverse domain order; no
    /// fragment, user name, wildcard, white space or dot segment (AZ-04, A4).
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        match check(text) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(reason) => Err(InvalidRedirectUri { uri: text.chars().take(200).collect(), reason }),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a browser may be sent to `uri`. With `any_port`, a loopback address that was registered without a port
    /// stands for all of its ports (RFC 8252 section 7.3); only `127.0.0.1` and `[::1]` are loopback addresses here.
    #[must_use]
    pub fn allows(&self, uri: &str, any_port: bool) -> bool {
        self.0 == uri || (any_port && self.allows_with_port(uri))
    }

    fn allows_with_port(&self, uri: &str) -> bool {
        ["http://127.0.0.1", "http://[::1]"].into_iter().any(|origin| {
            let own = self.0.strip_prefix(origin).filter(|rest| rest.starts_with('/') || rest.is_empty());
            let asked = uri.strip_prefix(origin).and_then(|rest| rest.strip_prefix(':'));
            let (Some(own), Some(asked)) = (own, asked) else { return false };
            let digits = asked.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = asked.split_at_checked(digits).unwrap_or_default();
            port.parse::<u16>().is_ok_and(|port| port > 0) && rest == own
        })
    }

    /// What kind of place it names.
    #[must_use]
    pub fn place(&self) -> RedirectPlace {
        match self.0.split_once(':') {
            Some(("https", _)) => RedirectPlace::Web,
            Some(("http", _)) => RedirectPlace::Loopback,
            _ => RedirectPlace::PrivateScheme,
        }
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > 500 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has at most 500 visible ASCII characters and no white space");
    }
    if text.bytes().any(|byte| matches!(byte, b'#' | b'*' | b'\\' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}')) {
        return Err("it has no fragment, no wildcard, and none of \\ \" < > ` { }");
    }
    let url = Url::parse(text).map_err(|_| "it is an absolute URI, such as `https://app.example.com/callback`")?;
    // What a browser would read differently than it stands there cannot be compared octet by octet.
    if url.as_str() != text && url.as_str() != format!("{text}/") {
        return Err("it is written as browsers write it: lower-case scheme and host, no default port, no dot segments");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it names no user");
    }
    let fits = match url.scheme() {
        "https" => url.host().is_some(),
        "http" if !is_loopback(&url) => {
            return Err("plain http is for 127.0.0.1, [::1] and localhost only; use https");
        }
        "http" => true,
        scheme => scheme.contains('.') && !scheme.starts_with('.') && !scheme.ends_with('.'),
    };
    if fits {
        Ok(())
    } else {
        Err("it begins with https:, or with a private scheme in reverse domain order, such as `com.example.app:`")
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

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: AZ-04, A4
    #[test]
    fn only_places_that_cannot_be_somebody_elses_are_registered() {
        for good in [
            "https://app.example.com/callback",
            "https://app.example.com",
            "https://app.example.com/callback?tenant=1",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:8123/callback",
            "http://[::1]/callback",
            "http://localhost:3000/callback",
            "com.example.app:/callback",
        ] {
            assert!(RedirectUri::parse(good).is_ok(), "{good}: {:?}", RedirectUri::parse(good));
        }
        for bad in [
            "",
            "callback",
            "//app.example.com/callback",
            "JaVaScRiPt:alert(1)",
            "javascript:alert(1)",
            "data:text/html,hello",
            "vbscript:x",
            "http://app.example.com/",
            "http://127.1/callback",
            "http://0x7f.0.0.1/callback",
            "https://*.example.com/",
            "https://app.example.com/#fragment",
            "https://user@app.example.com/",
            "https://user:word@app.example.com/",
            "https://app.example.com/a/../b",
            "https://APP.example.com/",
            "https://app.example.com:443/",
            "https://app.example.com/a b",
            "https://app.example.com/\u{e9}",
            "https:\\\\app.example.com/",
            "app:/callback",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    // Covers: AZ-02, AZ-03, A1, A5
    #[test]
    fn the_port_alone_may_vary_and_on_loopback_alone() {
        let loopback = RedirectUri::parse("http://127.0.0.1/cb").expect("it is one");
        assert!(loopback.allows("http://127.0.0.1:49152/cb", true) && loopback.allows("http://127.0.0.1/cb", true));
        for other in [
            "http://127.0.0.1:49152/cb/",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:70000/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://localhost:49152/cb",
            "http://127.1:49152/cb",
            "https://127.0.0.1:49152/cb",
        ] {
            assert!(!loopback.allows(other, true), "{other}");
        }
        assert!(!loopback.allows("http://127.0.0.1:49152/cb", false));
        let six = RedirectUri::parse("http://[::1]/cb").expect("it is one");
        assert!(six.allows("http://[::1]:8000/cb", true) && !six.allows("http://127.0.0.1:8000/cb", true));
        let web = RedirectUri::parse("https://app.example.com/cb").expect("it is one");
        assert!(
            !web.allows("https://app.example.com:8443/cb", true) && !web.allows("https://app.example.com/CB", true)
        );
    }
}
