//! Disabling, enabling and deleting an application: each asked once, with how many users notice.

use super::{list_of, managed, path, place, words};
use crate::{
    domain::ids::ApplicationId,
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        refused::Refused,
        screen::{Html, Next},
    },
    manage::applications,
    store::{Change, Rows},
};

fn ask(rows: &mut Rows<'_>, visit: &Visit<'_>, verb: &str, stops: bool, says: &str) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let application = &facts.application;
    let mut all = Vec::new();
    if stops {
        all.push(words::users(applications::count_users(rows, visit.authority, application.id)?));
    }
    all.push(says.to_owned());
    let title = format!("{verb} {}", application.name);
    let question = Question { title, says: all, boxes: Vec::new(), is_danger: stops, back: path(application) };
    question.page(visit, place(visit, application, &space))
}

fn done(id: ApplicationId, word: &str) -> Next {
    Next::done(&format!("/applications/{id}"), word)
}

pub(super) fn ask_disable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says =
        "Its tokens are dead for good. Its secrets and what users allowed are kept for the day you enable it again.";
    ask(rows, visit, "Disable", true, says)
}

pub(super) fn disable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    applications::disable(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "client-disabled"))
}

pub(super) fn ask_enable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Enable", false, "People can log in with it again. Tokens from before stay dead.")
}

pub(super) fn enable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    applications::enable(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "client-enabled"))
}

pub(super) fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = "It is gone for good, with its secrets and all that users allowed. Its client id is never used again.";
    ask(rows, visit, "Delete", true, says)
}

pub(super) fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let application = applications::show(change, visit.authority, id)?.application;
    applications::remove(change, visit.deps(), visit.authority, id)?;
    Ok(Next::done(&list_of(visit, &application), "client-deleted"))
}
