//! Asking the view what a request would be told, without HTTP in between.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::{
    config::Issuer,
    crypto::password::PasswordHasher,
    domain::{
        access_token::{AccessToken, Acts},
        scope::Scope,
        signing_key::SigningAlgorithm,
        time::Timestamp,
    },
    live::{Live, Moment},
    oauth::{
        Error, OAuth, OAuthOptions, bearer,
        client_authentication::PresentedClient,
        introspect, revoke, token,
        verify::{self, Needs},
    },
};
use serde_json::Value;
use std::{num::NonZeroUsize, sync::Arc, time::Duration};

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
            refresh_idle: Duration::from_hours(24),
            refresh_life: Duration::from_hours(24),
            verified_tokens: 1_000,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self {
            oauth: OAuth::new(live, options, PasswordHasher::new(NonZeroUsize::MIN, 8)).expect("randomness"),
            runtime,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.runtime.block_on(self.oauth.live().now()).expect("the database answers")
    }

    /// A token, or the error code.
    pub(crate) fn mint(&self, key: &Credential) -> Result<String, &'static str> {
        text_of(self.runtime.block_on(self.oauth.token(request(key))))
    }

    /// A token for this audience, or the error code.
    pub(crate) fn mint_for(&self, key: &Credential, audience: &str) -> Result<String, &'static str> {
        let request = token::Request { resources: vec![audience], ..request(key) };
        text_of(self.runtime.block_on(self.oauth.token(request)))
    }

    /// The same, decided at a moment that was fixed earlier.
    pub(crate) fn mint_at(&self, moment: Moment, key: &Credential) -> Result<String, &'static str> {
        text_of(self.runtime.block_on(self.oauth.client_credentials_at(moment, request(key))))
    }

    /// What is said of a token; nothing if it is inactive.
    pub(crate) fn introspect(&self, caller: &Credential, token: &str) -> Option<Value> {
        self.ask(caller, token).expect("the caller is known")
    }

    /// The same for a caller that may be unknown: then the error code.
    pub(crate) fn ask(&self, caller: &Credential, token: &str) -> Result<Option<Value>, &'static str> {
        let asked = introspect::Request { client: presented(caller), token: Some(token) };
        match self.runtime.block_on(self.oauth.introspect(asked)) {
            Ok(introspect::Answer::Active(json)) => Ok(Some(serde_json::from_str(&json).expect("JSON"))),
            Ok(introspect::Answer::Inactive) => Ok(None),
            Err(error) => Err(code_of(error)),
        }
    }

    /// What a gateway is told of a token or secret that is presented alone, in one line.
    pub(crate) fn verify(&self, gateway: &Credential, text: &str, needs: Needs<'_>) -> String {
        let credential = Some(bearer::Credential::of(text));
        let asked = verify::Request { gateway: presented(gateway), credential, needs };
        match self.runtime.block_on(self.oauth.verify(asked)) {
            Ok(verify::Answer::Pass(identity)) => format!("{identity:?}"),
            Ok(verify::Answer::Insufficient) => "insufficient".to_owned(),
            Ok(verify::Answer::AddressNotAllowed) => "not from there".to_owned(),
            Ok(verify::Answer::Inactive { .. }) => "inactive".to_owned(),
            Ok(verify::Answer::NoCredential | verify::Answer::TooManyWrongSecrets(_)) => "not asked".to_owned(),
            Err(error) => code_of(error).to_owned(),
        }
    }

    /// Revokes a token for the key that got it, or says why not.
    pub(crate) fn revoke(&self, key: &Credential, token: &str) -> Result<(), &'static str> {
        let asked = revoke::Request { client: presented(key), token: Some(token) };
        self.runtime.block_on(self.oauth.revoke(asked)).map_err(code_of)
    }

    pub(crate) fn is_active(&self, caller: &Credential, token: &str) -> bool {
        self.introspect(caller, token).is_some()
    }
}

/// What a token says, without a look at its signature.
pub(crate) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

/// The same as use cases take it. Tokens of these tests name all of their workspaces.
pub(crate) fn facts_of(token: &str) -> AccessToken {
    let claims = claims_of(token);
    let of = |member: &str| claims[member].clone();
    AccessToken {
        id: serde_json::from_value(of("jti")).expect("an id"),
        acts: Acts::Key {
            key: serde_json::from_value(of("client_id")).expect("the id of a key"),
            pair: serde_json::from_value(claims["key"]["pair"].clone()).expect("a pair"),
        },
        made_at: serde_json::from_value(of("seq")).expect("a number"),
        expires_at: Timestamp::from_seconds(claims["exp"].as_i64().expect("a number")),
        scope: Scope::from_claim(claims["scope"].as_str().expect("a text"), &[]),
        roles: serde_json::from_value(of("roles")).expect("names"),
        workspaces: serde_json::from_value::<Option<_>>(of("workspaces")).expect("names").unwrap_or_default(),
        workspaces_omitted: false,
    }
}

fn presented(client: &Credential) -> PresentedClient<'_> {
    PresentedClient { credentials: Some(client.pair()), public_client: None, peer: None }
}

fn request(key: &Credential) -> token::Request<'_> {
    token::Request {
        client: presented(key),
        grant_type: Some("client_credentials"),
        scope: None,
        resources: Vec::new(),
        code: None,
        redirect_uri: None,
        code_verifier: None,
        refresh_token: None,
    }
}

fn text_of(answer: Result<token::Answer, Error>) -> Result<String, &'static str> {
    match answer {
        Ok(answer) => {
            let json = serde_json::to_value(&answer).expect("JSON");
            Ok(json["access_token"].as_str().expect("a token").to_owned())
        }
        Err(error) => Err(code_of(error)),
    }
}

fn code_of(error: Error) -> &'static str {
    match error {
        Error::Refused(refusal) => refusal.code(),
        trouble => panic!("{trouble}"),
    }
}
