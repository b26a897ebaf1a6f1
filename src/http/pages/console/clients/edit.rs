//! Changing an application: everything but its kind and its owner.

use super::{create, fields, managed, path, place};
use crate::{
    domain::ids::ApplicationId,
    http::pages::console::{
        asked::Visit,
        refused::Refused,
        screen::{Html, Next},
    },
    manage::applications::{self, EditApplication},
    store::{Change, Rows},
};

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    let fields = fields::Fields::of(rows, visit, Some((application, &facts.profile.description)))?;
    let title = format!("Edit {}", application.name);
    create::of_present(visit, place(visit, application, &space), title, path(application), fields)
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id: ApplicationId = visit.path()?;
    // Whoever may not change it is not told what is wrong with the form.
    applications::show(change, visit.authority, id)?;
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
