//! The secrets of an application: a second one beside the first, one in the place of all, one less.

use askama::Template;

use super::{managed, path, place};
use crate::{
    domain::{
        application::ApplicationKind,
        authority::Authority,
        ids::ApplicationId,
        key_pair::{ExpiryPolicy, PublicId},
    },
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            frame::{Frame, Place},
            once,
            refused::Refused,
            screen::{Html, Next},
        },
        filters,
        view::Shell,
    },
    manage::{
        Deps, Error, NewCredential,
        application_pairs::{self, DeleteApplicationPair, NewApplicationPair},
        applications, spaces,
    },
    store::{Change, Rows},
};

#[derive(Template)]
#[template(path = "console/client_secret.html")]
struct ClientSecretPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    panel: Panel,
    /// The page of the client, below the path of the issuer.
    path: String,
    name: String,
    issuer: &'a str,
}

/// Both halves of a credential.
struct Panel {
    client_id: String,
    secret: String,
}

/// The page that shows this secret once.
pub(super) fn shown(
    visit: &Visit<'_>,
    place: Place<'_>,
    name: &str,
    made: &NewCredential<ApplicationId>,
) -> Result<(String, Next), Refused> {
    let path = format!("/applications/{}", made.client_id);
    let html = Html::of(&ClientSecretPage {
        shell: visit.shell(),
        frame: visit.frame(place),
        panel: Panel { client_id: made.client_id.to_string(), secret: made.secret.expose().to_owned() },
        path: path.clone(),
        name: name.to_owned(),
        issuer: visit.issuer().as_str(),
    })?;
    Ok((path, Next::Once(html)))
}

#[derive(Template)]
#[template(path = "console/client_secret_new.html")]
struct NewSecretPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    says: &'static [&'static str],
    verb: &'static str,
    is_danger: bool,
    back: String,
    once: String,
}

fn ask(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    verb: &'static str,
    is_danger: bool,
    says: &'static [&'static str],
) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    if application.kind == ApplicationKind::Public {
        return Err(Error::PublicApplication.into());
    }
    Html::of(&NewSecretPage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, application, &space)),
        title: format!("{verb} of {}", application.name),
        says,
        verb,
        is_danger,
        back: path(application),
        once: once::token(visit)?,
    })
}

/// A use case that makes a secret.
type Make = fn(&mut Change<'_>, &Deps, &Authority, NewApplicationPair) -> Result<NewCredential<ApplicationId>, Error>;

fn new_secret(change: &mut Change<'_>, visit: &Visit<'_>, use_case: Make) -> Result<Next, Refused> {
    let id = visit.path()?;
    once::once(change, visit, |change| {
        let input = NewApplicationPair { id, expiry: ExpiryPolicy::Never };
        let made = use_case(change, visit.deps(), visit.authority, input)?;
        let application = applications::show(change, visit.authority, id)?.application;
        let space = spaces::find(change, visit.authority, application.space)?;
        shown(visit, place(visit, &application, &space), application.name.as_str(), &made)
    })
}

pub(super) fn ask_add(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = &[
        "The client gets a second secret. The one that it has works on, so that you can change it without anybody noticing.",
        "Delete the old one when nothing uses it any more.",
    ];
    ask(rows, visit, "Add a secret", false, says)
}

pub(super) fn add(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    new_secret(change, visit, application_pairs::add)
}

pub(super) fn ask_regenerate(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = &[
        "All secrets that it has are dead at once, and all of its tokens: the program stops until it has the new secret.",
        "What users allowed is kept; they may have to log in again.",
    ];
    ask(rows, visit, "Regenerate the secret", true, says)
}

pub(super) fn regenerate(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    new_secret(change, visit, application_pairs::regenerate)
}

pub(super) fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    let pair: PublicId = visit.path()?;
    let found =
        application.pair(pair).ok_or(Error::NotFound { what: "pair of this application", given: pair.to_string() })?;
    let question = Question {
        title: format!("Delete secret …{} of {}", found.hint, application.name),
        says: vec![
            "Whatever uses this secret stops at once, and what was got with it is dead.".to_owned(),
            "The other secret works on.".to_owned(),
        ],
        boxes: Vec::new(),
        is_danger: true,
        back: path(application),
    };
    question.page(visit, place(visit, application, &space))
}

pub(super) fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (id, pair): (ApplicationId, PublicId) = (visit.path()?, visit.path()?);
    application_pairs::delete(change, visit.deps(), visit.authority, DeleteApplicationPair { id, pair })?;
    Ok(Next::done(&format!("/applications/{id}"), "client-pair-deleted"))
}
