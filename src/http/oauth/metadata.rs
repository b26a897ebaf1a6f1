//! `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3) and `GET /.well-known/openid-configuration` (OpenID
//! Connect Discovery section 4): the same on every node and behind every proxy.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};

use crate::oauth::metadata::Metadata;

/// The document, written once.
pub(super) struct Document(String);

impl Document {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self(serde_json::to_string(metadata).unwrap_or_default())
    }
}

pub(super) async fn get(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(document.0.clone())
}
