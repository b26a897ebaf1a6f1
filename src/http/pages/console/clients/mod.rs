//! OAuth clients: the applications that a user registered for himself, and the page of each application for those who manage it.

mod create;
mod edit;
mod fields;
mod life;
mod list;
mod pairs;
mod show;
pub(super) mod words;

use super::{
    asked::Visit,
    frame::{AccountTab, Place, SpaceTab},
    refused::Refused,
    screen::Screen,
};
use crate::{
    domain::{application::Application, space::Space},
    manage::{
        applications::{self, ApplicationFacts},
        spaces,
    },
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::looking("/account/clients", list::show),
        Screen::asking("/account/clients/new", create::show, create::make),
        Screen::looking("/applications/{application}", show::show),
        Screen::asking("/applications/{application}/edit", edit::show, edit::save),
        Screen::asking("/applications/{application}/disable", life::ask_disable, life::disable),
        Screen::asking("/applications/{application}/enable", life::ask_enable, life::enable),
        Screen::asking("/applications/{application}/delete", life::ask_delete, life::delete),
        Screen::asking("/applications/{application}/secret", pairs::ask_add, pairs::add),
        Screen::asking("/applications/{application}/regenerate", pairs::ask_regenerate, pairs::regenerate),
        Screen::asking("/applications/{application}/pairs/{pair}/delete", pairs::ask_delete, pairs::delete),
    ]
}

const LIST: &str = "/account/clients";

/// The application of the page, for those who manage it, and its space.
fn managed(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<(ApplicationFacts, Space), Refused> {
    let facts = applications::show(rows, visit.authority, visit.path()?)?;
    let space = spaces::find(rows, visit.authority, facts.application.space)?;
    Ok((facts, space))
}

/// Whether whoever looks registered it for himself.
fn is_own(visit: &Visit<'_>, application: &Application) -> bool {
    application.owner == Some(visit.who().user.id)
}

/// Whose page an application is on: one's own account for one's own, else the space.
fn place<'s>(visit: &Visit<'_>, application: &Application, space: &'s Space) -> Place<'s> {
    if is_own(visit, application) {
        Place::Account(AccountTab::Clients)
    } else {
        Place::Space(space, SpaceTab::Settings)
    }
}

/// The list that an application is in.
fn list_of(visit: &Visit<'_>, application: &Application) -> String {
    if is_own(visit, application) { LIST.to_owned() } else { format!("/spaces/{}/settings", application.space) }
}

fn path(application: &Application) -> String {
    format!("/applications/{}", application.id)
}
