//! `GET /oauth/jwks` (RFC 7517 section 5), cached by whoever verifies tokens offline (JK-03).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
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
    let known = req.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, cache_control)).insert_header((ETAG, etag));
    Ok(if known {
        response.finish()
    } else {
        response.insert_header((CONTENT_TYPE, "application/json")).body(document.json.clone())
    })
}
