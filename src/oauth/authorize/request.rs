//! What an application may ask for. Faults are told on a page until it is sure where the answer belongs, and to the
//! application from then on (RFC 6749 section 4.1.2.1).

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Outcome,
    redirect::{Redirect, Target},
};
use crate::{
    config::issuer::api_audience,
    domain::{
        application::{Application, ApplicationState},
        audience::Audience,
        grant_standing::NotAdmitted,
        ids::ApplicationId,
        pkce::CodeChallenge,
        space::SpaceState,
        text_enum::{TextEnum, text_enum},
        user_scope::UserScopes,
    },
    live::{Interrupted, View},
    oauth::{Error, OAuth},
};

/// Longest `state`, `nonce` and `login_hint` in bytes (A19).
const LONGEST: usize = 1024;

/// The parameters of a request as they were sent; empty ones count as absent (AZ-09).
#[derive(Clone, Default)]
pub struct Parameters<'a> {
    /// Which application asks.
    pub client_id: Option<&'a str>,
    /// Where the answer goes.
    pub redirect_uri: Option<&'a str>,
    /// `code` and nothing else.
    pub response_type: Option<&'a str>,
    /// `query` and nothing else.
    pub response_mode: Option<&'a str>,
    /// What it asks for.
    pub scope: Option<&'a str>,
    /// Returned as it is.
    pub state: Option<&'a str>,
    /// For the id token.
    pub nonce: Option<&'a str>,
    /// PKCE.
    pub code_challenge: Option<&'a str>,
    /// PKCE.
    pub code_challenge_method: Option<&'a str>,
    /// What the user is to be asked again.
    pub prompt: Option<&'a str>,
    /// How many seconds ago the user may have logged in.
    pub max_age: Option<&'a str>,
    /// Who the user probably is.
    pub login_hint: Option<&'a str>,
    /// For which APIs (RFC 8707).
    pub resources: Vec<&'a str>,
    /// A request that was pushed before (RFC 9126).
    pub request_uri: Option<&'a str>,
    /// A request in a token, which is not supported.
    pub request: Option<&'a str>,
}

text_enum! {
    /// What the user is to be asked (OpenID Connect Core section 3.1.2.1).
    Prompt {
        /// Nothing.
        None = "none",
        /// To log in again.
        Login = "login",
        /// For consent, also if it was given before.
        Consent = "consent",
        /// Who he is, which is asked by a login here.
        SelectAccount = "select_account",
    }
}

/// A request that was found right, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRequest {
    /// Which application asks.
    pub application: ApplicationId,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the request said so itself.
    pub redirect_uri_sent: bool,
    /// What it asks for.
    pub scopes: UserScopes,
    /// For which APIs.
    pub resources: Vec<Audience>,
    state: Option<String>,
    /// For the id token.
    pub nonce: Option<String>,
    /// What the code's verifier has to fit.
    pub challenge: CodeChallenge,
    prompt: Vec<Prompt>,
    max_age: Option<u64>,
    /// Who the user probably is.
    pub login_hint: Option<String>,
}

/// What keeps a request from being taken.
#[derive(Debug)]
pub enum Fault {
    /// It is not sure where an answer would go.
    Page(PageFault),
    /// The application asks for something that it cannot have.
    Refused(Refused),
}

/// What the application is told, and how.
#[derive(Debug)]
pub struct Refused {
    /// The registered code.
    pub error: &'static str,
    /// What is wrong.
    pub description: String,
    /// Where answers go.
    target: Target,
    /// Nobody vouches for an application that a user registered: it must not be a way to send browsers around (A3).
    on_page: bool,
}

/// What a browser is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFault {
    /// No application is named, or none that there is.
    UnknownClient,
    /// The URI is none of those registered, or several are and none is named (AZ-02, AZ-05).
    RedirectUri,
    /// The request is not kept here, not any more, or not for this browser.
    UnknownRequest,
    /// No request was pushed under this name by this application, or it was used, or too long ago (A23).
    RequestUri,
    /// `state` is too long to be repeated.
    StateTooLong,
    /// A user's own application asks for something that it cannot have: its answer is shown, and the user may follow it
    /// (A3).
    Application {
        /// The registered code.
        error: &'static str,
        /// What is wrong.
        description: String,
        /// The way back.
        back: Redirect,
    },
    /// The user may not authorize this application.
    NotAdmitted(NotAdmitted),
}

impl CheckedRequest {
    /// Where answers go.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { uri: self.redirect_uri.clone(), state: self.state.clone() }
    }

    /// Whether the user may be asked anything.
    #[must_use]
    pub fn allows_pages(&self) -> bool {
        !self.prompt.contains(&Prompt::None)
    }

    /// Whether a login from before the request does not do.
    #[must_use]
    pub fn wants_fresh_login(&self) -> bool {
        self.prompt.iter().any(|prompt| matches!(prompt, Prompt::Login | Prompt::SelectAccount))
    }

    /// Whether a consent from before does not do.
    #[must_use]
    pub fn wants_consent(&self) -> bool {
        self.prompt.contains(&Prompt::Consent)
    }

    /// How old a login may be.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }
}

/// What is wrong, in the terms of RFC 6749 section 4.1.2.1.
struct Wrong {
    error: &'static str,
    description: String,
}

impl OAuth {
    /// Checks a request.
    ///
    /// # Errors
    /// Our own trouble.
    pub(in crate::oauth) async fn check(
        &self,
        parameters: &Parameters<'_>,
    ) -> Result<Result<CheckedRequest, Fault>, Error> {
        Ok(self.live().decide(async |view| self.check_in(view, parameters).await).await?)
    }

    async fn check_in(
        &self,
        view: &View<'_>,
        asked: &Parameters<'_>,
    ) -> Result<Result<CheckedRequest, Fault>, Interrupted> {
        let page = |fault| Ok(Err(Fault::Page(fault)));
        let Some(id) = asked.client_id.and_then(|id| id.parse::<ApplicationId>().ok()) else {
            return page(PageFault::UnknownClient);
        };
        let Some(application) = view.application(id).await? else { return page(PageFault::UnknownClient) };
        let uri = match (asked.redirect_uri, application.redirect_uris.as_slice()) {
            (Some(uri), _) if application.redirect_for(uri).is_some() => uri,
            (None, [only]) => only.as_str(),
            _ => return page(PageFault::RedirectUri),
        };
        if asked.state.is_some_and(|state| state.len() > LONGEST) {
            return page(PageFault::StateTooLong);
        }
        let target = Target { uri: uri.to_owned(), state: asked.state.map(str::to_owned) };
        let space = view.space(application.space).await?.ok_or(Interrupted::Moved)?;
        let is_closed = application.state == ApplicationState::Disabled || space.state == SpaceState::Closed;
        let known = {
            let site = view.site().await?;
            let own = api_audience(self.options().issuer.as_str());
            move |resource: &str| site.knows(resource) || resource == own
        };
        let checked = if is_closed {
            Err(Wrong::new("unauthorized_client", "The application is disabled"))
        } else {
            read(asked, &application, target.clone(), known)
        };
        let silent = asked.prompt.is_some_and(|prompt| prompt.split(' ').any(|word| word == "none"));
        let on_page = application.owner.is_some() && !silent;
        Ok(checked
            .map_err(|Wrong { error, description }| Fault::Refused(Refused { error, description, target, on_page })))
    }
}

impl Refused {
    /// As a browser is answered.
    pub(super) fn outcome(self, issuer: &str) -> Outcome {
        let Self { error, description, target, on_page } = self;
        let back = Redirect::error(&target, issuer, error, &description);
        if on_page {
            Outcome::Page(PageFault::Application { error, description, back })
        } else {
            Outcome::Redirect(back)
        }
    }
}

impl Wrong {
    fn new(error: &'static str, description: impl fmt::Display) -> Self {
        Self { error, description: format!("{description}") }
    }

    fn invalid_request(description: impl fmt::Display) -> Self {
        Self::new("invalid_request", description)
    }
}

fn read(
    asked: &Parameters<'_>,
    application: &Application,
    target: Target,
    known: impl Fn(&str) -> bool,
) -> Result<CheckedRequest, Wrong> {
    if asked.request.is_some() {
        return Err(Wrong::new("request_not_supported", "A request in a token is not supported; push it instead"));
    }
    if asked.request_uri.is_some() {
        let description = "A request_uri is one that the pushed authorization request endpoint gave";
        return Err(Wrong::new("request_uri_not_supported", description));
    }
    match asked.response_type {
        None => return Err(Wrong::invalid_request("response_type is missing")),
        Some("code") => {}
        Some(_) => return Err(Wrong::new("unsupported_response_type", "response_type must be code")),
    }
    if asked.response_mode.is_some_and(|mode| mode != "query") {
        return Err(Wrong::invalid_request("response_mode must be query"));
    }
    let challenge = CodeChallenge::parse(asked.code_challenge, asked.code_challenge_method);
    let challenge = challenge.map_err(Wrong::invalid_request)?;
    let too_long = |text: Option<&str>| text.is_some_and(|text| text.len() > LONGEST);
    if too_long(asked.nonce) || too_long(asked.login_hint) {
        return Err(Wrong::invalid_request("nonce and login_hint have at most 1024 bytes"));
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(CheckedRequest {
        application: application.id,
        redirect_uri: target.uri,
        redirect_uri_sent: asked.redirect_uri.is_some(),
        scopes: scopes(asked.scope, application)?,
        resources: resources(&asked.resources, application, known)?,
        state: target.state,
        nonce: owned(asked.nonce),
        challenge,
        prompt: prompts(asked.prompt)?,
        max_age: max_age(asked.max_age)?,
        login_hint: owned(asked.login_hint),
    })
}

/// What is asked for if the application may have all of it; all that it may have if nothing is named (A20).
fn scopes(asked: Option<&str>, application: &Application) -> Result<UserScopes, Wrong> {
    let allowed: UserScopes = application.scopes.iter().map(|allowed| allowed.scope.clone()).collect();
    let Some(asked) = asked else { return Ok(allowed) };
    let asked = UserScopes::parse(asked).map_err(|error| Wrong::new("invalid_scope", error))?;
    if asked.are_within(&allowed) {
        Ok(asked)
    } else {
        Err(Wrong::new("invalid_scope", "The application is not registered for all of these scopes"))
    }
}

fn resources(asked: &[&str], application: &Application, known: impl Fn(&str) -> bool) -> Result<Vec<Audience>, Wrong> {
    let allowed = |asked: &&str| {
        let registered = application.resources.iter().find(|allowed| allowed.audience.as_str() == *asked)?;
        known(asked).then(|| registered.audience.clone())
    };
    let found: Option<Vec<Audience>> = asked.iter().map(allowed).collect();
    let refused = || Wrong::new("invalid_target", "The application is not registered for this resource");
    let mut found = found.ok_or_else(refused)?;
    found.dedup();
    Ok(found)
}

fn prompts(asked: Option<&str>) -> Result<Vec<Prompt>, Wrong> {
    let words = asked.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let prompts = words.map(|word| Prompt::parse(word).map_err(|_| ())).collect::<Result<Vec<_>, ()>>();
    match prompts {
        Ok(prompts) if prompts.contains(&Prompt::None) && prompts.len() > 1 => {
            Err(Wrong::invalid_request("prompt=none stands alone"))
        }
        Ok(prompts) => Ok(prompts),
        Err(()) => {
            Err(Wrong::invalid_request("prompt names something other than none, login, consent, select_account"))
        }
    }
}

fn max_age(asked: Option<&str>) -> Result<Option<u64>, Wrong> {
    let Some(text) = asked else { return Ok(None) };
    let digits = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.map(Some).ok_or_else(|| Wrong::invalid_request("max_age is a number of seconds"))
}
