//! Authorization server metadata (RFC 8414): exactly what works.

use serde::Serialize;

use crate::config::Issuer;

/// The document. Features that do not exist yet are not in it (MD-08).
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    /// Required by RFC 8414 section 2; empty while there is no authorization endpoint.
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 1],
    scopes_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint_auth_methods_supported: [&'static str; 2],
}

const CLIENT_AUTHENTICATION: [&str; 2] = ["client_secret_basic", "client_secret_post"];

impl Metadata {
    /// Of the site with this issuer.
    #[must_use]
    pub fn of(issuer: &Issuer) -> Self {
        Self {
            issuer: issuer.as_str().to_owned(),
            token_endpoint: issuer.endpoint("/oauth/token"),
            introspection_endpoint: issuer.endpoint("/oauth/introspect"),
            revocation_endpoint: issuer.endpoint("/oauth/revoke"),
            jwks_uri: issuer.endpoint("/oauth/jwks"),
            response_types_supported: [],
            grant_types_supported: ["client_credentials"],
            scopes_supported: ["read", "write"],
            token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
        }
    }
}
