//! The users of a space, and its guests.

use askama::Template;

use super::{UserLine, lines, place};
use crate::{
    domain::{authority::Area, permission::ROLES_MANAGE},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::{Choice, Pager},
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        view::Shell,
    },
    manage::{facts, spaces},
    store::{Rows, users::UserFilter},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/users", list)]
}

#[derive(Debug, Template)]
#[template(path = "console/users.html")]
struct UsersPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    space: String,
    text: &'a str,
    shown: Vec<Choice>,
    are_guests: bool,
    may_invite_guests: bool,
    users: Vec<UserLine>,
    pager: Pager,
}

const SHOWN: &[(&str, &str)] = &[("", "At home here"), (GUESTS, "Guests from other spaces")];
const GUESTS: &str = "guests";

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let query = visit.query();
    let shown = query.get("show").unwrap_or_default();
    let are_guests = shown == GUESTS;
    let text = query.get("q").map(str::trim).unwrap_or_default();
    let filter = UserFilter { text: Some(text.to_owned()).filter(|text| !text.is_empty()), guests: are_guests };
    let page = facts::list_users(rows, visit.authority, space.id, &filter, visit.page())?;
    let pager = Pager::new(visit, page.next);
    Html::of(&UsersPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        space: format!("/spaces/{}", space.id),
        text,
        shown: SHOWN.iter().map(|(value, words)| Choice::new(value, *words, shown)).collect(),
        are_guests,
        may_invite_guests: visit.authority.may(ROLES_MANAGE, Area::Space(space.id)),
        users: lines(rows, visit, page.items, Some(space.id))?,
        pager,
    })
}
