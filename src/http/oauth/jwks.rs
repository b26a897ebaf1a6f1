//! `GET /oauth/jwks` (RFC 7517 section 5), cached by whoever verifies tokens offline (JK-03).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH},
    web,
};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Endpoints;
use crate::http::error::oauth::OAuthError;

pub(super) async fn get(req: HttpRequest, endpoints: web::Data<Endpoints>) -> Result<HttpResponse, OAuthError> {
    let document = endpoints.oauth.jwks().await?;
    let hash = digest::digest(&digest::SHA256, document.json.as_bytes());
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let cache_control = format!("public, max-age={}", endpoints.jwks_max_age);
    let known = is_known(req.headers(), &etag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, cache_control)).insert_header((ETAG, etag));
    Ok(if known {
        response.finish()
    } else {
        response.insert_header((CONTENT_TYPE, "application/json")).body(document.json.clone())
    })
}

/// Whether the client names this document among those it has (RFC 9110 section 13.1.2: weak comparison, a list or `*`).
/// Proxies that compress make every tag a weak one.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
