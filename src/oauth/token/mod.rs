//! The token endpoint (RFC 6749 section 3.2): one file for each grant.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;
mod user_tokens;

pub(super) use user_tokens::signed;

use std::time::Duration;

use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    Error, OAuth, Refusal,
    client_authentication::{AuthenticatedApplication, Client, PresentedClient},
    error::InvalidGrant,
    not_authenticated::NotAuthenticated,
};
use crate::{
    domain::{happening::GrantType, party::Party, time::Timestamp},
    live::{Interrupted, View},
};

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
    /// The authorization code.
    pub code: Option<&'a str>,
    /// Where that code was sent.
    pub redirect_uri: Option<&'a str>,
    /// What the code's challenge was made of (RFC 7636).
    pub code_verifier: Option<&'a str>,
    /// The refresh token.
    pub refresh_token: Option<&'a str>,
}

/// The answer (RFC 6749 section 5.1).
#[derive(Serialize)]
pub struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl Answer {
    /// For a key, which gets no refresh token: it can always ask again (CC-02).
    const fn of_key(access_token: String, expires_in: i64, scope: String) -> Self {
        Self { access_token, token_type: "Bearer", expires_in, scope, refresh_token: None, id_token: None }
    }
}

impl OAuth {
    /// When a token of this moment ends: after the life that the space sets, capped by the site, never past the end of the
    /// pair (ruling 9).
    fn end_of_token(&self, space_life: Option<Duration>, now: Timestamp, pair_end: Option<Timestamp>) -> Timestamp {
        let options = self.options();
        let life = space_life.unwrap_or(options.access_token_life);
        let end = now.plus(life.min(options.access_token_life_max));
        pair_end.map_or(end, |pair_end| end.min(pair_end))
    }

    /// Answers a token request.
    ///
    /// # Errors
    /// What the caller did wrong, or our own trouble.
    pub async fn token(&self, request: Request<'_>) -> Result<Answer, Error> {
        let (answer, grant) = match request.grant_type {
            Some("client_credentials") => (self.client_credentials(request).await, GrantType::ClientCredentials),
            Some("authorization_code") => (self.authorization_code(request).await, GrantType::AuthorizationCode),
            Some("refresh_token") => (self.refresh(request).await, GrantType::RefreshToken),
            Some(_) => return Err(Refusal::UnsupportedGrantType.into()),
            None => return Err(Refusal::Missing("grant_type").into()),
        };
        if answer.is_ok() {
            self.counts.issued.inc(grant);
        }
        answer
    }
}

/// Why an application is not served.
enum NotServed {
    /// It is not let in.
    Client(NotAuthenticated),
    /// It is let in, and refused.
    Refused(Refusal, Party),
}

impl NotServed {
    /// Whether it came with what is another's: that was stolen, or mixed up.
    const fn is_with_anothers(&self) -> bool {
        matches!(self, Self::Refused(Refusal::InvalidGrant(InvalidGrant::OfAnotherClient), _))
    }

    fn into_error(self, oauth: &OAuth, client: PresentedClient<'_>) -> Error {
        match self {
            Self::Client(refused) => oauth.refuse_client(client, refused),
            Self::Refused(refusal, party) => oauth.refuse_request(refusal, party, client.peer, "token"),
        }
    }
}

/// The application that asks; other clients may not use grants of users.
async fn application(
    oauth: &OAuth,
    view: &View<'_>,
    client: PresentedClient<'_>,
) -> Result<Result<AuthenticatedApplication, NotServed>, Interrupted> {
    Ok(match oauth.authenticate(view, client).await? {
        Ok(Client::Application(application)) => Ok(application),
        Ok(other) => Err(NotServed::Refused(Refusal::UnauthorizedClient, other.party())),
        Err(refused) => Err(NotServed::Client(refused)),
    })
}
