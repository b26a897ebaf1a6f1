//! Browsers in which a user is logged in, and an end to them.

use super::{done, found, path_of, place};
use crate::{
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        refused::Refused,
        screen::{Html, Next, Screen},
    },
    manage::sessions,
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/users/{user}/sessions/end", ask_all, end_all),
        Screen::asking("/users/{user}/sessions/{session}/end", ask_one, end_one),
    ]
}

fn ask(rows: &mut Rows<'_>, visit: &Visit<'_>, what: &str) -> Result<Html, Refused> {
    let (facts, space) = found(rows, visit)?;
    let question = Question {
        title: format!("End {what} of {}", facts.profile.full_name),
        says: vec![
            "The browser is logged out at once, and so are applications that were used in it.".to_owned(),
            "Whoever knows the password can log in again. To keep somebody out, disable the user.".to_owned(),
        ],
        boxes: Vec::new(),
        is_danger: true,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn ask_one(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    sessions::show(rows, visit.authority, visit.path()?, visit.path()?, visit.now())?;
    ask(rows, visit, "a session")
}

fn end_one(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let user = visit.path()?;
    sessions::end(change, visit.authority, user, visit.path()?)?;
    Ok(done(user, "session-ended"))
}

fn ask_all(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    sessions::of_user(rows, visit.authority, visit.path()?, visit.now(), Some(visit.session_idle()))?;
    ask(rows, visit, "all sessions")
}

fn end_all(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let user = visit.path()?;
    sessions::end_all(change, visit.authority, user, None)?;
    Ok(done(user, "sessions-ended"))
}
