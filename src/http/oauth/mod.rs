//! The OAuth endpoints: each extracts, makes one call, renders.

mod introspect;
mod jwks;
mod metadata;
mod par;
mod revoke;
mod token;
mod userinfo;
mod verify;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, guard, http::StatusCode, web};
use serde::Serialize;

use super::{
    body::BodyLimits,
    credentials::Presented,
    error::oauth::{json, method_not_allowed},
    peer::TrustedProxies,
};
use crate::domain::signing_key::SigningAlgorithm;
use crate::http::form::Form;
use crate::oauth::{OAuth, authorize::request::Parameters, client_authentication::PresentedClient, metadata::Metadata};

/// What the endpoints answer from.
pub struct Endpoints {
    /// The protocol.
    pub oauth: OAuth,
    /// Bounds on request bodies.
    pub body: BodyLimits,
    /// Whose word about addresses counts.
    pub proxies: TrustedProxies,
    /// Headers in which `/oauth/verify` takes a token or an API key besides `Authorization`.
    pub key_headers: Vec<String>,
    /// How long the JWKS may be kept, in seconds.
    pub jwks_max_age: u64,
    /// Algorithms that the site holds keys for.
    pub algorithms: Vec<SigningAlgorithm>,
}

impl Endpoints {
    /// Adds the routes under the issuer's path.
    pub fn configure(self: &Arc<Self>, app: &mut web::ServiceConfig) {
        let issuer = &self.oauth.options().issuer;
        let at = |path: &str| web::resource(format!("{}{path}", issuer.path_prefix()));
        let post_only = || web::to(async || method_not_allowed("POST"));
        let get_only = || web::to(async || method_not_allowed("GET"));
        // Documents answer HEAD as well (RFC 9110 section 9.3.2): caches and monitors ask so.
        let get_or_head = || web::to(async || method_not_allowed("GET, HEAD"));
        let documents = || guard::Any(guard::Get()).or(guard::Head());
        let metadata_path = issuer.well_known_path("oauth-authorization-server");
        let openid_path = format!("{}/.well-known/openid-configuration", issuer.path_prefix());

        app.app_data(web::Data::from(Arc::clone(self)))
            .app_data(web::Data::new(metadata::Document::of(&Metadata::of(issuer, &self.algorithms))))
            .service(at("/oauth/token").route(web::post().to(token::post)).default_service(post_only()))
            .service(at("/oauth/introspect").route(web::post().to(introspect::post)).default_service(post_only()))
            .service(at("/oauth/revoke").route(web::post().to(revoke::post)).default_service(post_only()))
            .service(at("/oauth/verify").route(web::get().to(verify::get)).default_service(get_only()))
            .service(
                at("/oauth/jwks").route(web::route().guard(documents()).to(jwks::get)).default_service(get_or_head()),
            )
            .service(at("/oauth/par").route(web::post().to(par::post)).default_service(post_only()))
            .service(
                at("/oauth/userinfo")
                    .route(web::get().to(userinfo::get))
                    .route(web::post().to(userinfo::post))
                    .default_service(web::to(async || method_not_allowed("GET, POST"))),
            )
            .service(
                web::resource([metadata_path, openid_path])
                    .route(web::route().guard(documents()).to(metadata::get))
                    .default_service(get_or_head()),
            );
    }

    fn client<'a>(&self, req: &HttpRequest, presented: &'a Presented<'a>) -> PresentedClient<'a> {
        let credentials = match presented {
            Presented::Basic(basic) => Some((basic.id(), basic.secret())),
            Presented::Body { id, secret } => Some((*id, *secret)),
            Presented::None
            | Presented::PublicClient { .. }
            | Presented::Assertion
            | Presented::OtherScheme
            | Presented::Malformed => None,
        };
        let public_client = match presented {
            Presented::PublicClient { id } => Some(*id),
            _ => None,
        };
        PresentedClient { credentials, public_client, peer: self.proxies.client_address(req) }
    }
}

fn ok(body: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK)
        .insert_header((actix_web::http::header::PRAGMA, "no-cache"))
        .body(serde_json::to_string(body).unwrap_or_default())
}

/// What an authorization request says, wherever it was sent. Parameters that nobody knows are passed over (AZ-09).
pub(in crate::http) fn parameters<'f>(form: &'f Form<'_>) -> Parameters<'f> {
    Parameters {
        client_id: form.get("client_id"),
        redirect_uri: form.get("redirect_uri"),
        response_type: form.get("response_type"),
        response_mode: form.get("response_mode"),
        scope: form.get("scope"),
        state: form.get("state"),
        nonce: form.get("nonce"),
        code_challenge: form.get("code_challenge"),
        code_challenge_method: form.get("code_challenge_method"),
        prompt: form.get("prompt"),
        max_age: form.get("max_age"),
        login_hint: form.get("login_hint"),
        resources: form.all("resource").collect(),
        request_uri: form.get("request_uri"),
        request: form.get("request"),
    }
}
