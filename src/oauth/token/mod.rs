//! The token endpoint (RFC 6749 section 3.2): one file for each grant.

pub mod client_credentials;

use serde::Serialize;

use super::{Error, OAuth, Refusal, client_authentication::PresentedClient};

/// What was asked.
pub struct Request<'a> {
    /// Who asks.
    pub client: PresentedClient<'a>,
    /// Which grant.
    pub grant_type: Option<&'a str>,
    /// What the token is to be used for.
    pub scope: Option<&'a str>,
    /// For which APIs (RFC 8707).
    pub resources: Vec<&'a str>,
}

/// The answer (RFC 6749 section 5.1). There is no refresh token: a key can always ask again (CC-02).
#[derive(Serialize)]
pub struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
}

impl OAuth {
    /// Answers a token request.
    ///
    /// # Errors
    /// What the caller did wrong, or our own trouble.
    pub async fn token(&self, request: Request<'_>) -> Result<Answer, Error> {
        match request.grant_type {
            Some("client_credentials") => self.client_credentials(request).await,
            Some(_) => Err(Refusal::UnsupportedGrantType.into()),
            None => Err(Refusal::Missing("grant_type").into()),
        }
    }
}
