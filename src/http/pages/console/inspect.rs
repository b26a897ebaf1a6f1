//! The inspector: somebody pastes a token, a secret or an id, and sees what it is, whether it counts now, and why.
//!
//! What was pasted is in the form alone: neither in an address nor in the answer, and it is kept nowhere.

use askama::Template;

use super::{
    asked::{Asked, Visit},
    frame::{Frame, Place},
    parts::Light,
    refused::Refused,
    screen::{Html, Next, Screen},
};
use crate::{
    domain::{
        authority::Area,
        explanation::{About, AboutKind, Explanation, Kind, Outcome, Step},
        permission::{AUDIT_READ, KEYS_MANAGE, USERS_MANAGE},
    },
    http::pages::{
        filters,
        moment::Moment,
        view::Shell,
        words::{self, Complaint},
    },
    manage::{
        self,
        explain::{Inspector, explain},
    },
    oauth,
    store::{Rows, Store},
};
use actix_web::http::StatusCode;

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::working("/inspect", show, inspect)]
}

#[derive(Debug, Template)]
#[template(path = "console/inspect.html")]
struct InspectPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    found: Option<Found>,
}

/// What is said of what was pasted.
#[derive(Debug)]
struct Found {
    what: &'static str,
    light: Light,
    because: Option<String>,
    exactly: String,
    head: String,
    token: Option<TokenLines>,
    about: Vec<AboutLine>,
    audit: Option<String>,
    deciding: Vec<Line>,
    telling: Vec<Line>,
}

#[derive(Debug)]
struct TokenLines {
    issued: Moment,
    expires: Moment,
    made_at: String,
    audience: String,
    scope: Option<String>,
}

#[derive(Debug)]
struct AboutLine {
    kind: &'static str,
    id: String,
    name: Option<String>,
    path: Option<String>,
}

#[derive(Debug)]
struct Line {
    light: Light,
    says: String,
}

fn show(_: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    page(visit, None)
}

fn page(visit: &Visit<'_>, found: Option<Found>) -> Result<Html, Refused> {
    Html::of(&InspectPage { shell: visit.shell(), frame: visit.frame(Place::Elsewhere), found })
}

fn inspect(store: &Store, asked: &Asked) -> Result<Next, Refused> {
    store.snapshot(|tx| {
        let authority = asked.authority(tx)?;
        let visit = Visit::new(asked, &authority, None);
        let Some(text) = visit.form().get("what").map(str::trim).filter(|text| !text.is_empty()) else {
            return Err(Refused::field("what", &"paste a token, a secret or an id"));
        };
        let inspector =
            Inspector { deps: visit.deps(), authority: &authority, now: visit.now(), read_token: oauth::explain::read };
        let explained = explain(tx, &inspector, text).map_err(refused)?;
        Ok(Next::Once(page(&visit, Some(found(&visit, explained)))?))
    })
}

/// What is nobody's, and what is somebody else's, is a matter of the form and not of its address.
fn refused(error: manage::Error) -> Refused {
    match error {
        manage::Error::NotFound { .. } => {
            let text = "There is no such token, secret or id that you may see.".to_owned();
            Refused::Form(Complaint { text, field: Some("what"), is_error: true }, StatusCode::NOT_FOUND)
        }
        other => other.into(),
    }
}

fn found(visit: &Visit<'_>, explained: Explanation) -> Found {
    let is_active = explained.is_active();
    let because = explained.first_failure().map(|step| format!("{}.", step.says));
    let Explanation { kind, now, head, token, about, steps } = explained;
    let (deciding, telling): (Vec<Step>, Vec<Step>) = steps.into_iter().partition(|step| step.decides);
    Found {
        what: kind_word(kind),
        light: if is_active { Light::Good("Active") } else { Light::Ended("Not active") },
        because,
        exactly: Moment::new(now, now).exact(),
        head: head.to_string(),
        token: token.map(|token| TokenLines {
            issued: Moment::new(token.issued_at, now),
            expires: Moment::new(token.expires_at, now),
            made_at: token.made_at.to_string(),
            audience: token.audience,
            scope: token.scope,
        }),
        audit: audit_path(visit, &about),
        about: about.iter().map(|one| about_line(visit, one, &about)).collect(),
        deciding: deciding.into_iter().map(line).collect(),
        telling: telling.into_iter().map(line).collect(),
    }
}

fn line(step: Step) -> Line {
    let light = match (step.outcome, step.decides) {
        (Outcome::Ok, _) => Light::Good("Yes"),
        (Outcome::Fails, true) => Light::Ended("No"),
        (Outcome::Fails, false) => Light::Off("No"),
        (Outcome::Unknown, _) => Light::Warn("It depends"),
    };
    Line { light, says: step.says }
}

/// A thing, with the way to its page if there is one that this person may open.
fn about_line(visit: &Visit<'_>, about: &About, all: &[About]) -> AboutLine {
    let may = |permission| space_of(all).is_some_and(|space| visit.authority.may(permission, Area::Space(space)));
    let key = all.iter().find(|one| one.kind == AboutKind::ApiKey);
    let is_own = all.iter().any(|one| one.kind == AboutKind::User && one.id == visit.who().user.id.to_string());
    let opens_key = may(KEYS_MANAGE) || is_own;
    let (kind, path) = match about.kind {
        AboutKind::ApiKey => ("API key", opens_key.then(|| format!("/keys/{}", about.id))),
        AboutKind::KeyPair => {
            ("Key pair", key.filter(|_| opens_key).map(|key| format!("/keys/{}#{}", key.id, about.id)))
        }
        AboutKind::User => ("User", may(USERS_MANAGE).then(|| format!("/users/{}", about.id))),
        AboutKind::Application => ("Application", None),
        AboutKind::Grant => ("Consent", is_own.then(|| "/account/applications".to_owned())),
        AboutKind::Space => {
            ("Space", space_of(all).filter(|id| visit.authority.sees(*id)).map(|id| format!("/spaces/{id}")))
        }
        AboutKind::SigningKey => ("Signing key", None),
    };
    AboutLine { kind, id: about.id.clone(), name: about.name.clone(), path }
}

fn space_of(all: &[About]) -> Option<crate::domain::ids::SpaceId> {
    all.iter().find(|one| one.kind == AboutKind::Space)?.id.parse().ok()
}

/// What happened to it, for those who may read the audit log of the space.
fn audit_path(visit: &Visit<'_>, all: &[About]) -> Option<String> {
    let space = space_of(all).filter(|space| visit.authority.may(AUDIT_READ, Area::Space(*space)))?;
    let about = all.first()?;
    let filter = match about.kind {
        AboutKind::ApiKey => "key",
        AboutKind::KeyPair => "pair",
        AboutKind::User => "user",
        AboutKind::Application => "application",
        AboutKind::Grant => "grant",
        AboutKind::Space | AboutKind::SigningKey => return None,
    };
    Some(format!("/spaces/{space}/audit?{filter}={}", about.id))
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::TokenOfKey => "An access token of an API key",
        Kind::TokenOfApplication => "An access token of an application",
        Kind::ApiKeySecret => "The secret of an API key",
        Kind::ClientSecret => "The secret of an application or resource server",
        Kind::Invitation => "The secret of an invitation",
        Kind::AuthorizationCode => "An authorization code",
        Kind::RefreshToken => "A refresh token",
        Kind::Session => "The cookie of a session",
        Kind::AuthorizationRequest => "The name of a login under way",
        Kind::WebhookSecret => "The secret of a webhook",
        Kind::ApiKey => "An API key",
        Kind::KeyPair => "A key pair",
        Kind::User => "A user",
        Kind::Application => "An application",
        Kind::Grant => "A consent to an application",
        Kind::Foreign => "Nothing of this site",
    }
}
