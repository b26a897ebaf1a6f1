//! Metadata (RFC 8414, OpenID Connect Discovery): exactly what works. The two documents are one object under two paths
//! (ruling 36).

use serde::Serialize;

use crate::{
    config::Issuer,
    domain::{signing_key::SigningAlgorithm, text_enum::TextEnum, user_scope::IdentityScope},
};

#[expect(clippy::struct_excessive_bools, reason = "the standards name these members")]
/// The document. Features that do not exist are not in it (MD-08).
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    pushed_authorization_request_endpoint: String,
    end_session_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 3],
    scopes_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    claims_supported: [&'static str; 14],
    prompt_values_supported: [&'static str; 4],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
}

/// Clients without a secret come last (ruling 24).
const CLIENT_AUTHENTICATION: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

impl Metadata {
    /// Of the site with this issuer, which holds keys of these algorithms.
    #[must_use]
    pub fn of(issuer: &Issuer, algorithms: &[SigningAlgorithm]) -> Self {
        let endpoint = |path: &str| issuer.endpoint(path);
        let [basic, post, _] = CLIENT_AUTHENTICATION;
        Self {
            issuer: issuer.as_str().to_owned(),
            authorization_endpoint: endpoint("/oauth/authorize"),
            token_endpoint: endpoint("/oauth/token"),
            userinfo_endpoint: endpoint("/oauth/userinfo"),
            jwks_uri: endpoint("/oauth/jwks"),
            introspection_endpoint: endpoint("/oauth/introspect"),
            revocation_endpoint: endpoint("/oauth/revoke"),
            pushed_authorization_request_endpoint: endpoint("/oauth/par"),
            end_session_endpoint: endpoint("/oauth/logout"),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
            scopes_supported: IdentityScope::ALL.iter().map(|scope| scope.as_str()).chain(["read", "write"]).collect(),
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: algorithms.to_vec(),
            claims_supported: [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "at_hash",
                "sid",
                "amr",
                "name",
                "preferred_username",
                "email",
                "email_verified",
            ],
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            introspection_endpoint_auth_methods_supported: [basic, post],
            revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}
