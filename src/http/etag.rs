//! Entity tags: whether somebody already has, or still means, what stands here now (RFC 9110 sections 8.8.3 and 13).

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The strong tag of these bytes, with its quotes.
pub(super) fn of(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes)))
}

/// The tags of `If-Match`; none if the header is absent.
pub(super) fn if_match(headers: &HeaderMap) -> Option<Tags> {
    Tags::of(headers, &IF_MATCH)
}

/// The tags of `If-None-Match`; none if the header is absent.
pub(super) fn if_none_match(headers: &HeaderMap) -> Option<Tags> {
    Tags::of(headers, &IF_NONE_MATCH)
}

/// Tags that a client named, as it wrote them. What cannot be read equals no tag.
#[derive(Debug, Clone)]
pub(super) struct Tags(Vec<String>);

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let lists = headers.get_all(name).map(|list| list.to_str().unwrap_or_default());
        let tags: Vec<String> = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().to_owned()).collect();
        (!tags.is_empty()).then_some(Self(tags))
    }

    /// Strong comparison, as `If-Match` wants it.
    pub(super) fn name_exactly(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == "*" || tag == etag)
    }

    /// Weak comparison, as `If-None-Match` wants it: proxies that compress make every tag a weak one.
    pub(super) fn name(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    }
}
