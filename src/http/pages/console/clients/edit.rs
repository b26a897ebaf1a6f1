//! Changing an application: everything but its kind and its owner.

use std::fmt::Debug;

use super::{create, fields, managed, path, place};
use crate::{
    domain::ids::ApplicationId,
    http::pages::console::{
        asked::Visit,
        refused::Refused,
        screen::{Html, Next},
        shown_state,
    },
    manage::applications::{self, ApplicationFacts, EditApplication},
    store::{Change, Rows},
};

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    let fields = fields::Fields::of(rows, visit, Some((application, &facts.profile.description)))?;
    let title = format!("Edit {}", application.name);
    let frame = visit.frame(place(visit, application, &space)).showing(shown_state::mark(visit, &state(&facts)));
    create::of_present(visit, frame, title, path(application), fields)
}

/// What the form can alter.
fn state(facts: &ApplicationFacts) -> impl Debug {
    let of = &facts.application;
    (of.name.clone(), facts.profile.description.clone(), of.redirect_uris.clone(), of.scopes.clone())
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id: ApplicationId = visit.path()?;
    // Whoever may not change it is not told what is wrong with the form.
    let present = applications::show(change, visit.authority, id)?;
    shown_state::refuse_other(visit, &state(&present))?;
    let typed = fields::read(visit)?;
    let input = EditApplication {
        name: Some(typed.name),
        description: Some(typed.description),
        redirect_uris: Some(typed.redirect_uris),
        scopes: Some(typed.scopes),
        optional_scopes: Some(typed.optional_scopes),
        ..EditApplication::of(id)
    };
    applications::edit(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(&format!("/applications/{id}"), "saved"))
}
