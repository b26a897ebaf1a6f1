//! The way back to a page of the console after a login (B10): a path of ours, never one of another site.

use actix_web::{HttpRequest, http::Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest path that is kept.
const LONGEST: usize = 500;
/// What a path of the console begins with.
const BEGINNINGS: [&str; 9] =
    ["/spaces", "/keys/", "/users/", "/roles/", "/workspaces/", "/account/", "/applications/", "/site", "/inspect"];
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'_').remove(b'-');

/// The path of the login that leads back to what this request only looked at.
pub(super) fn login_before(req: &HttpRequest, base: &str) -> String {
    let wanted = req.uri().path_and_query().map_or("", actix_web::http::uri::PathAndQuery::as_str);
    match wanted.strip_prefix(base).and_then(after_login) {
        Some(path) if *req.method() == Method::GET => format!("/login?next={}", utf8_percent_encode(path, ESCAPED)),
        _ => "/login".to_owned(),
    }
}

/// The path, if it is one of the console: it stays here, whatever a browser makes of it.
pub(in crate::http::pages) fn after_login(path: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.?=&%:+@~*".contains(&byte);
    let is_ours = BEGINNINGS.iter().any(|beginning| path.starts_with(beginning));
    let before_query = path.split('?').next().unwrap_or_default();
    let stays = !path.contains("//") && !path.contains("..") && !before_query.contains('%');
    (is_ours && stays && path.len() <= LONGEST && path.bytes().all(is_plain)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::after_login;

    // Covers: B10
    #[test]
    fn the_way_back_stays_here() {
        for ours in ["/spaces/spc_1/keys?q=a%20b&after=key_2", "/site", "/keys/key_1/rotate"] {
            assert_eq!(after_login(ours), Some(ours));
        }
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/spaces//evil.example",
            "/spaces/../logout",
            "/spaces/%2e%2e/logout",
            "/login",
            "",
            "spaces",
            "/spaces\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(after_login(elsewhere), None, "{elsewhere}");
        }
    }
}
