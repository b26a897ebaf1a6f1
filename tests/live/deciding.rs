//! Asking the view what a request would be told, without HTTP in between.

use keystead::{
    config::Issuer,
    domain::signing_key::SigningAlgorithm,
    live::{Live, Moment},
    oauth::{Error, OAuth, OAuthOptions, client_authentication::PresentedClient, introspect, token},
};
use std::{sync::Arc, time::Duration};

use crate::support::site::{Credential, ISSUER};

/// The protocol of one process.
pub(crate) struct Node {
    pub(crate) oauth: OAuth,
    runtime: tokio::runtime::Runtime,
}

impl Node {
    pub(crate) fn new(live: Arc<Live>) -> Self {
        let options = OAuthOptions {
            issuer: Issuer::parse(ISSUER).expect("an issuer"),
            access_token_life: Duration::from_mins(15),
            access_token_life_max: Duration::from_hours(1),
            signing_algorithm: SigningAlgorithm::Es256,
            wrong_secrets_per_minute: 1_000_000,
            verified_tokens: 1_000,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { oauth: OAuth::new(live, options).expect("randomness"), runtime }
    }

    pub(crate) fn now(&self) -> Moment {
        self.runtime.block_on(self.oauth.live().now()).expect("the database answers")
    }

    /// A token, or the error code.
    pub(crate) fn mint(&self, key: &Credential) -> Result<String, &'static str> {
        text_of(self.runtime.block_on(self.oauth.token(request(key))))
    }

    /// The same, decided at a moment that was fixed earlier.
    pub(crate) fn mint_at(&self, moment: Moment, key: &Credential) -> Result<String, &'static str> {
        text_of(self.runtime.block_on(self.oauth.client_credentials_at(moment, request(key))))
    }

    /// What is said of a token; nothing if it is inactive.
    pub(crate) fn introspect(&self, caller: &Credential, token: &str) -> Option<serde_json::Value> {
        let asked = introspect::Request { client: presented(caller), token: Some(token) };
        match self.runtime.block_on(self.oauth.introspect(asked)).expect("the caller is known") {
            introspect::Answer::Active(json) => Some(serde_json::from_str(&json).expect("JSON")),
            introspect::Answer::Inactive => None,
        }
    }

    pub(crate) fn is_active(&self, caller: &Credential, token: &str) -> bool {
        self.introspect(caller, token).is_some()
    }
}

fn presented(client: &Credential) -> PresentedClient<'_> {
    PresentedClient { credentials: Some(client.pair()), peer: None }
}

fn request(key: &Credential) -> token::Request<'_> {
    token::Request {
        client: presented(key),
        grant_type: Some("client_credentials"),
        scope: None,
        resources: Vec::new(),
    }
}

fn text_of(answer: Result<token::Answer, Error>) -> Result<String, &'static str> {
    match answer {
        Ok(answer) => {
            let json = serde_json::to_value(&answer).expect("JSON");
            Ok(json["access_token"].as_str().expect("a token").to_owned())
        }
        Err(Error::Refused(refusal)) => Err(refusal.code()),
        Err(trouble) => panic!("{trouble}"),
    }
}
