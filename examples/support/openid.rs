//! "Log in with Keystead" in full: the authorization code flow of OpenID Connect with PKCE, and what keeps a login alive.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode_header, jwk::JwkSet};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use serde::Deserialize;
use ureq::Agent;
use url::Url;

use crate::{
    http::{Answer, Problem, discover, get, post_form},
    settings::Identity,
};

/// A token that ends within this time is replaced before it is used.
const SPARE_TIME: Duration = Duration::from_secs(10);

/// Keystead, as this site knows it.
pub(crate) struct OpenId {
    agent: Agent,
    identity: Identity,
    redirect_uri: String,
    scope: String,
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    authorization_endpoint: Url,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<Url>,
}

/// What the site remembers while the browser is at Keystead.
pub(crate) struct Asked {
    state: CsrfToken,
    nonce: CsrfToken,
    verifier: PkceCodeVerifier,
}

/// A user who is logged in, and what Keystead gave us for this login.
pub(crate) struct Login {
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) access_token: String,
    refresh_token: Option<String>,
    ends: Instant,
    id_token: String,
}

/// How an attempt to log in ended.
pub(crate) enum Outcome {
    LoggedIn(Box<Login>),
    /// Keystead says no, or the user does: the code of the error and its sentence.
    Refused(String, String),
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: u64,
    refresh_token: Option<String>,
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct IdToken {
    sub: String,
    nonce: Option<String>,
}

impl OpenId {
    /// Asks Keystead where its endpoints are.
    pub(crate) fn new(agent: Agent, identity: Identity, redirect_uri: String, scope: String) -> Result<Self, Problem> {
        let endpoints = serde_json::from_value(discover(&agent, &identity.issuer)?)
            .map_err(|error| format!("{} has no login for applications: {error}", identity.issuer))?;
        Ok(Self { agent, identity, redirect_uri, scope, endpoints })
    }

    /// Where to send the browser to log in, and what to remember until it comes back.
    pub(crate) fn ask(&self) -> (Url, Asked) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let asked = Asked { state: CsrfToken::new_random(), nonce: CsrfToken::new_random(), verifier };
        let mut url = self.endpoints.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.identity.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.scope)
            .append_pair("state", asked.state.secret())
            .append_pair("nonce", asked.nonce.secret())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        (url, asked)
    }

    /// The browser came back: checks that it comes from our question and from our Keystead, then redeems the code.
    pub(crate) fn came_back(&self, asked: Asked, answer: &HashMap<String, String>) -> Result<Outcome, Problem> {
        let Asked { state, nonce, verifier } = asked;
        let said = |name: &str| answer.get(name).map(String::as_str);
        if said("state") != Some(state.secret()) {
            return Err("this answer belongs to no login that began in this browser".into());
        }
        // A site with several authorization servers would otherwise give the code of one to another (RFC 9207).
        if said("iss") != Some(&self.identity.issuer) {
            return Err("this answer is not from the Keystead that we asked".into());
        }
        if let Some(error) = said("error") {
            return Ok(Outcome::Refused(error.to_owned(), said("error_description").unwrap_or_default().to_owned()));
        }
        let code = said("code").ok_or("this answer has no code")?;
        let got = self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier.secret()),
        ])?;
        if let Some(error) = got.text("error") {
            let sentence = got.text("error_description").unwrap_or_default();
            return Ok(Outcome::Refused(error.to_owned(), sentence.to_owned()));
        }
        let tokens: Tokens = serde_json::from_value(got.body)?;
        let id_token = tokens.id_token.ok_or("Keystead sent no id_token")?;
        let claims = self.verified(&id_token)?;
        if claims.nonce.as_ref() != Some(nonce.secret()) {
            return Err("the id_token belongs to another login".into());
        }
        let name = self.name_of(&claims.sub, &tokens.access_token)?;
        Ok(Outcome::LoggedIn(Box::new(Login {
            subject: claims.sub,
            name,
            ends: Instant::now() + Duration::from_secs(tokens.expires_in),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token,
        })))
    }

    /// Gets new tokens for a login; `None` if Keystead says that it is over.
    pub(crate) fn refresh(&self, login: &Login) -> Result<Option<Login>, Problem> {
        let Some(refresh_token) = &login.refresh_token else { return Ok(None) };
        let got = self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])?;
        if got.text("error") == Some("invalid_grant") {
            return Ok(None);
        }
        if let Some(error) = got.text("error") {
            return Err(format!("Keystead refused to refresh: {error}").into());
        }
        let tokens: Tokens = serde_json::from_value(got.body)?;
        let id_token = match tokens.id_token {
            Some(newer) if self.verified(&newer)?.sub == login.subject => newer,
            Some(_) => return Err("the new id_token is of somebody else".into()),
            None => login.id_token.clone(),
        };
        Ok(Some(Login {
            subject: login.subject.clone(),
            name: login.name.clone(),
            ends: Instant::now() + Duration::from_secs(tokens.expires_in),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or_else(|| login.refresh_token.clone()),
            id_token,
        }))
    }

    /// Where to send the browser to log out at Keystead too.
    pub(crate) fn logout_url(&self, login: &Login, back_to: &str) -> Option<Url> {
        let mut url = self.endpoints.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", &login.id_token)
            .append_pair("client_id", &self.identity.client_id)
            .append_pair("post_logout_redirect_uri", back_to);
        Some(url)
    }

    fn token(&self, fields: &[(&str, &str)]) -> Result<Answer, Problem> {
        let client = (self.identity.client_id.as_str(), self.identity.client_secret.as_str());
        post_form(&self.agent, &self.endpoints.token_endpoint, client, fields)
    }

    /// The claims of an `id_token` that is signed by Keystead, for us, and not over (OpenID Connect, section 3.1.3.7).
    #[expect(clippy::disallowed_methods, reason = "Keystead's own verifier is no part of a client of Keystead")]
    fn verified(&self, token: &str) -> Result<IdToken, Problem> {
        // Logins are rare, so the keys are asked for at each one; a busy site keeps them until it meets an unknown `kid`.
        let keys: JwkSet = serde_json::from_value(get(&self.agent, &self.endpoints.jwks_uri, None)?.body)?;
        let kid = decode_header(token)?.kid.ok_or("the id_token names no key")?;
        let key =
            DecodingKey::from_jwk(keys.find(&kid).ok_or("the id_token names a key that Keystead does not have")?)?;
        // The algorithm is ours to choose, never the token's.
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_issuer(&[&self.identity.issuer]);
        wanted.set_audience(&[&self.identity.client_id]);
        wanted.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        Ok(jsonwebtoken::decode(token, &key, &wanted)?.claims)
    }

    /// What to call the user, as far as the user lets us know.
    fn name_of(&self, subject: &str, access_token: &str) -> Result<String, Problem> {
        let user = get(&self.agent, &self.endpoints.userinfo_endpoint, Some(access_token))?;
        if user.text("sub") != Some(subject) {
            return Err("the userinfo endpoint speaks of somebody else".into());
        }
        let known = ["name", "preferred_username"].iter().find_map(|claim| user.text(claim));
        Ok(known.unwrap_or(subject).to_owned())
    }
}

impl Login {
    /// It is time to refresh.
    pub(crate) fn is_ending(&self) -> bool {
        Instant::now() + SPARE_TIME > self.ends
    }
}
