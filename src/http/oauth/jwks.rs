//! `GET /oauth/jwks` (RFC 7517 section 5), cached by whoever verifies tokens offline (JK-03).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    web,
};

use super::Endpoints;
use crate::http::{error::oauth::OAuthError, etag};

pub(super) async fn get(req: HttpRequest, endpoints: web::Data<Endpoints>) -> Result<HttpResponse, OAuthError> {
    let document = endpoints.oauth.jwks().await?;
    let etag = etag::of(document.json.as_bytes());
    let cache_control = format!("public, max-age={}", endpoints.jwks_max_age);
    let known = etag::if_none_match(req.headers()).is_some_and(|tags| tags.name(&etag));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, cache_control)).insert_header((ETAG, etag));
    Ok(if known {
        response.finish()
    } else {
        response.insert_header((CONTENT_TYPE, "application/json")).body(document.json.clone())
    })
}
