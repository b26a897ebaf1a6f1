//! From a view to a response: headers that keep a page out of frames, caches and the reach of foreign scripts.

use std::fmt;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use askama::Template;
use url::{Host, Url};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Where the forms of a page may lead, redirects included: Chromium silently drops a redirect after a form to a place
/// that `form-action` does not name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormTargets {
    /// A source expression beside `'self'`.
    beside_us: Option<String>,
}

impl FormTargets {
    /// Forms stay here.
    #[must_use]
    pub const fn here() -> Self {
        Self { beside_us: None }
    }

    /// Forms stay here or return to this redirect URI of an application. A URI that no policy can name adds nothing.
    #[must_use]
    pub fn returning_to(redirect_uri: &str) -> Self {
        Self { beside_us: Url::parse(redirect_uri).ok().and_then(|uri| source_of(&uri)) }
    }
}

/// The narrowest source expression (CSP 3 section 2.3.1) that a redirect to the URI fits.
fn source_of(uri: &Url) -> Option<String> {
    let scheme = uri.scheme();
    if !matches!(scheme, "http" | "https") {
        return Some(format!("{scheme}:"));
    }
    match uri.host()? {
        // The grammar of hosts has no brackets, so Chromium takes an IPv6 address by its scheme only.
        Host::Ipv6(_) => Some(format!("{scheme}:")),
        Host::Ipv4(_) => Some(uri.origin().ascii_serialization()),
        // `;` and `,` are legal in a URL's host and would begin another directive or policy.
        Host::Domain(name) => name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            .then(|| uri.origin().ascii_serialization()),
    }
}

impl fmt::Display for FormTargets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("'self'")?;
        self.beside_us.as_ref().map_or(Ok(()), |source| write!(out, " {source}"))
    }
}

/// The page as a response that nobody keeps (B6, B7, B9).
#[must_use]
pub fn render(status: StatusCode, view: &impl Template, targets: &FormTargets) -> HttpResponse {
    let Ok(html) = view.render() else {
        // Only a `Display` that fails comes here; the reader gets a sentence instead of half a page.
        tracing::error!("a page could not be rendered");
        return HttpResponse::InternalServerError()
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("This page could not be shown. Please try again.\n");
    };
    page(status, html, targets)
}

/// The same of a page that is a text already.
pub(super) fn page(status: StatusCode, html: String, targets: &FormTargets) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin")))
        .insert_header((CONTENT_SECURITY_POLICY, policy(targets)))
        .body(html)
}

fn policy(targets: &FormTargets) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action {targets}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(uri: &str) -> String {
        FormTargets::returning_to(uri).to_string()
    }

    #[test]
    fn forms_lead_here_and_back_to_the_application() {
        assert_eq!(FormTargets::here().to_string(), "'self'");
        assert_eq!(targets("https://app.example.com/back?x=1"), "'self' https://app.example.com");
        assert_eq!(targets("https://app.example.com:8443/back"), "'self' https://app.example.com:8443");
        assert_eq!(targets("http://127.0.0.1:49152/back"), "'self' http://127.0.0.1:49152");
        assert_eq!(targets("http://[::1]:49152/back"), "'self' http:");
        assert_eq!(targets("com.example.app:/back"), "'self' com.example.app:");
    }

    #[test]
    fn no_redirect_uri_adds_a_directive() {
        for hostile in ["https://a;script-src/", "https://a,b/", "http://a'b/", "not a uri", "https://"] {
            assert_eq!(targets(hostile), "'self'", "{hostile}");
        }
    }

    #[test]
    fn a_page_is_not_kept_not_framed_and_loads_only_our_own() {
        let view = crate::http::pages::view::ForgottenSentPage {
            shell: crate::http::pages::view::Shell::new("", "id.example.com"),
        };
        let response = render(StatusCode::OK, &view, &FormTargets::returning_to("https://app.example.com/back"));
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self' https://app.example.com; frame-ancestors 'none'; base-uri 'none'"
        );
    }
}
