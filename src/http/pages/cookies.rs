//! The cookies of the pages: their names and attributes (B4), and the one strict way to read them.

use actix_web::{
    HttpRequest,
    http::header::{COOKIE, HeaderValue},
};

use crate::config::Issuer;

/// A cookie that Keystead sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// Tells one browser from another before anybody logs in.
    Browser,
    /// The session.
    Session,
    /// Proves that somebody was logged in here before.
    Device,
}

impl Cookie {
    const fn plain_name(self) -> &'static str {
        match self {
            Self::Browser => "keystead_browser",
            Self::Session => "keystead_session",
            Self::Device => "keystead_device",
        }
    }

    const fn host_name(self) -> &'static str {
        match self {
            Self::Browser => "__Host-keystead_browser",
            Self::Session => "__Host-keystead_session",
            Self::Device => "__Host-keystead_device",
        }
    }

    /// Its name at this site. `__Host-` keeps other hosts of the domain from setting it; browsers take that from HTTPS alone, and
    /// an issuer without it is on loopback.
    #[must_use]
    pub fn name(self, issuer: &Issuer) -> &'static str {
        if issuer.is_https() { self.host_name() } else { self.plain_name() }
    }

    /// What the browser sent under this name. A cookie that was sent twice is none: one of the two is somebody else's.
    #[must_use]
    pub fn read<'r>(self, req: &'r HttpRequest, issuer: &Issuer) -> Option<&'r str> {
        let name = self.name(issuer);
        let lines = req.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
        let mut values = lines.flat_map(|line| line.split(';')).filter_map(|pair| {
            let (found, value) = pair.trim_matches(' ').split_once('=')?;
            (found == name).then_some(value)
        });
        let value = values.next().filter(|value| !value.is_empty() && value.bytes().all(is_plain))?;
        values.next().is_none().then_some(value)
    }

    /// The header that sets it for so many seconds. None if the value has a character that no value of ours has.
    #[must_use]
    pub fn set(self, issuer: &Issuer, value: &str, seconds: u64) -> Option<HeaderValue> {
        if !value.bytes().all(is_plain) {
            return None;
        }
        let secure = if issuer.is_https() { "; Secure" } else { "" };
        let name = self.name(issuer);
        HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")).ok()
    }

    /// The header that makes the browser forget it.
    #[must_use]
    pub fn forget(self, issuer: &Issuer) -> Option<HeaderValue> {
        self.set(issuer, "", 0)
    }
}

/// Letters, digits and what else values of ours consist of.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(text).expect("an issuer")
    }

    fn read(lines: &[&str]) -> Option<String> {
        let request = lines.iter().fold(TestRequest::get(), |request, line| request.append_header(("Cookie", *line)));
        let request = request.to_http_request();
        Cookie::Session.read(&request, &issuer("https://id.example.com")).map(str::to_owned)
    }

    // Covers: B4
    #[test]
    fn only_one_cookie_of_the_right_name_counts() {
        assert_eq!(read(&["__Host-keystead_session=abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["a=b; __Host-keystead_session=abc; c=d"]).as_deref(), Some("abc"));
        assert_eq!(read(&["a=b", "__Host-keystead_session=abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["__Host-keystead_session=abc; __Host-keystead_session=def"]), None);
        assert_eq!(read(&["__Host-keystead_session=abc", "__Host-keystead_session=abc"]), None);
        for other in [
            "keystead_session=abc",
            "__host-keystead_session=abc",
            "__Host-keystead_session",
            "x__Host-keystead_session=abc",
        ] {
            assert_eq!(read(&[other]), None, "{other}");
        }
        for garbage in ["__Host-keystead_session=", "__Host-keystead_session=\"abc\"", "__Host-keystead_session=a b"] {
            assert_eq!(read(&[garbage]), None, "{garbage}");
        }
    }

    // Covers: B4
    #[test]
    fn attributes_follow_the_issuer() {
        let at = |text| {
            Cookie::Session.set(&issuer(text), "abc", 60).map(|value| value.to_str().unwrap_or_default().to_owned())
        };
        assert_eq!(
            at("https://id.example.com/t/acme").as_deref(),
            Some("__Host-keystead_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")
        );
        assert_eq!(
            at("http://127.0.0.1:8080").as_deref(),
            Some("keystead_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
        );
        assert_eq!(Cookie::Session.set(&issuer("http://localhost"), "a;b", 60), None);
    }
}
