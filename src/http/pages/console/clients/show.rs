//! One application: what a program needs to know of it, its secrets, and everything that can be done to it.

use askama::Template;

use super::{list_of, managed, path, place, words};
use crate::{
    domain::application::{ApplicationKind, ApplicationState},
    http::pages::{
        console::{asked::Visit, frame::Frame, parts::Light, refused::Refused, screen::Html},
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::applications,
    store::Rows,
};

#[derive(Debug, Template)]
#[template(path = "console/client.html")]
struct ClientPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: String,
    description: String,
    id: String,
    /// Below the path of the issuer.
    path: String,
    list: String,
    issuer: &'a str,
    state: Light,
    is_active: bool,
    is_confidential: bool,
    kind: &'static str,
    redirect_uris: Vec<String>,
    required: Vec<String>,
    optional: Vec<String>,
    users: i64,
    registered: Moment,
    pairs: Vec<PairLine>,
}

/// A secret.
#[derive(Debug)]
struct PairLine {
    public_id: String,
    hint: String,
    created: Moment,
    expires: Option<Moment>,
    state: Light,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    let users = applications::count_users(rows, visit.authority, application.id)?;
    let scopes = |required: bool| {
        let some = application.scopes.iter().filter(|own| own.required == required);
        some.map(|own| own.scope.as_str().to_owned()).collect()
    };
    let moment = |at| Moment::new(at, visit.now());
    let pairs = application.pairs.iter().map(|pair| PairLine {
        public_id: pair.public_id.to_string(),
        hint: pair.hint.clone(),
        created: moment(pair.created_at),
        expires: pair.expires_at.map(moment),
        state: if pair.is_expired(visit.now()) { Light::Ended("Expired") } else { Light::Good("Active") },
    });
    Html::of(&ClientPage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, application, &space)),
        name: application.name.as_str().to_owned(),
        description: facts.profile.description.as_str().to_owned(),
        id: application.id.to_string(),
        path: path(application),
        list: list_of(visit, application),
        issuer: visit.issuer().as_str(),
        state: words::state(application.state),
        is_active: application.state == ApplicationState::Active,
        is_confidential: application.kind == ApplicationKind::Confidential,
        kind: words::kind(application.kind),
        redirect_uris: application.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
        required: scopes(true),
        optional: scopes(false),
        users,
        registered: moment(facts.profile.created_at),
        pairs: pairs.collect(),
    })
}
