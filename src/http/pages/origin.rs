//! Whether a form was sent from a page of ours, as far as the browser says so (B1).

use actix_web::http::header::{HeaderMap, ORIGIN};
use url::{Host, Url};

use crate::config::Issuer;

/// Whether the browser says that the request comes from elsewhere. A browser that says nothing is not believed either way:
/// then the CSRF token alone decides. Under `Referrer-Policy: no-referrer` Chromium says `Origin: null`, which is nothing.
#[must_use]
pub fn is_foreign(headers: &HeaderMap, issuer: &Issuer) -> bool {
    let sites = headers.get_all("sec-fetch-site").map(actix_web::http::header::HeaderValue::as_bytes);
    let foreign_site = sites.into_iter().any(|site| matches!(site, b"cross-site" | b"same-site"));
    let origins = headers.get_all(ORIGIN).map(actix_web::http::header::HeaderValue::as_bytes);
    let foreign_origin = origins.into_iter().any(|origin| origin != b"null" && !is_ours(origin, issuer));
    foreign_site || foreign_origin
}

/// The origin of the issuer. This machine has several names, so an issuer on loopback has several origins with one port.
fn is_ours(origin: &[u8], issuer: &Issuer) -> bool {
    let Some(origin) = str::from_utf8(origin).ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let Ok(own) = Url::parse(issuer.as_str()) else { return false };
    if origin.origin() == own.origin() {
        return true;
    }
    issuer.is_loopback()
        && is_loopback(&origin)
        && origin.scheme() == own.scheme()
        && origin.port_or_known_default() == own.port_or_known_default()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn judged(issuer: &str, sent: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let name = HeaderName::try_from(*name).expect("a name");
            headers.append(name, HeaderValue::try_from(*value).expect("a value"));
        }
        is_foreign(&headers, &Issuer::parse(issuer).expect("an issuer"))
    }

    // Covers: B1
    #[test]
    fn what_comes_from_elsewhere_is_foreign_and_silence_is_not() {
        let at = |sent: &[(&str, &str)]| judged("https://id.example.com/t/acme", sent);
        assert!(!at(&[]));
        assert!(!at(&[("origin", "null")]));
        assert!(!at(&[("origin", "https://id.example.com"), ("sec-fetch-site", "same-origin")]));
        assert!(!at(&[("sec-fetch-site", "none")]));
        for origin in ["https://evil.example", "http://id.example.com", "https://id.example.com:8443", "garbage", ""] {
            assert!(at(&[("origin", origin)]), "{origin}");
        }
        assert!(at(&[("sec-fetch-site", "cross-site")]));
        assert!(at(&[("sec-fetch-site", "same-site")]));
        assert!(at(&[("origin", "null"), ("sec-fetch-site", "cross-site")]));
        assert!(at(&[("origin", "https://id.example.com"), ("origin", "https://evil.example")]));
    }

    #[test]
    fn the_names_of_this_machine_are_one_origin_for_each_port() {
        let at = |origin| judged("http://127.0.0.1:8080", &[("origin", origin)]);
        assert!(!at("http://localhost:8080"));
        assert!(!at("http://[::1]:8080"));
        assert!(at("http://localhost:3000"));
        assert!(at("https://localhost:8080"));
        assert!(at("http://evil.example:8080"));
    }
}
