//! How people of a space log in, and which addresses its service accounts have.

use std::fmt::Debug;

use askama::Template;

use super::{done, edit, editable, path};
use crate::{
    domain::email::EmailDomain,
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            parts::listed,
            refused::Refused,
            screen::{Html, Next},
            shown_state, span,
        },
        filters,
        view::Shell,
        words,
    },
    manage::spaces::{EditSpace, SpaceFacts},
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/settings_logins.html")]
struct LoginsPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    has_sso: bool,
    password_life: String,
    span_hint: String,
    domains: String,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = editable(rows, visit)?;
    let space = &facts.space;
    let domains: Vec<&str> = facts.email_domains.iter().map(EmailDomain::as_str).collect();
    Html::of(&LoginsPage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(space, SpaceTab::Settings)).showing(shown_state::mark(visit, &state(&facts))),
        back: path(space.id),
        has_sso: visit.is_ticked("sso", space.sso_enabled),
        password_life: visit.value("password_life", &span::text(space.password_life)).to_owned(),
        span_hint: format!(
            "{} A password that is older stops its owner's keys until it is changed. Empty means never.",
            span::HINT
        ),
        domains: visit.value("domains", &domains.join(", ")).to_owned(),
    })
}

/// What the form can alter.
fn state(facts: &SpaceFacts) -> impl Debug {
    (facts.space.sso_enabled, facts.space.password_life, facts.email_domains.clone())
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    shown_state::refuse_other(visit, &state(&editable(&mut Rows::of(change), visit)?))?;
    let domains = visit.read("domains", |text| listed(text).map(EmailDomain::parse).collect::<Result<Vec<_>, _>>())?;
    let input = EditSpace {
        sso_enabled: Some(visit.ticked("sso")),
        password_life: Some(span::read(visit, "password_life")?),
        email_domains: Some(domains),
        ..EditSpace::of(id)
    };
    edit(change, visit, input)?;
    Ok(done(id, "saved"))
}
