//! Guests: somebody of another space is let in with roles, and loses all of them at once.

use askama::Template;

use super::{found, login, path_of, place, roles::chosen};
use crate::{
    domain::{
        authority::Area,
        ids::{SpaceId, UserId},
        permission::ROLES_MANAGE,
    },
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            frame::Frame,
            refused::Refused,
            role_picker::{self, Places, RoleCard},
            screen::{Html, Next, Screen},
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        self,
        authority::require,
        spaces,
        user_roles::{self, GiveUserRole, InviteGuest, RemoveGuest},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/spaces/{space}/guests/new", show, invite),
        Screen::asking("/spaces/{space}/guests/{user}/remove", ask_remove, remove),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/guest_new.html")]
struct NewGuestPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    login: &'a str,
    roles: Vec<RoleCard>,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    require(visit.authority, ROLES_MANAGE, Area::Space(space.id))?;
    Html::of(&NewGuestPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        back: format!("/spaces/{}/users", space.id),
        login: visit.value("login", ""),
        roles: role_picker::cards(rows, visit, space.id)?,
    })
}

fn invite(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (space, login): (SpaceId, _) = (visit.path()?, login(visit)?);
    let (first, others) = chosen(visit)?;
    let about = |error: manage::Error| match error {
        manage::Error::NotFound { what: "user", .. } => {
            Refused::field("login", &"nobody logs in with this; ask the person for the exact login")
        }
        manage::Error::GuestAtHome => Refused::from(manage::Error::GuestAtHome).about("login"),
        other => Refused::from(other).about("roles"),
    };
    let input = InviteGuest { space, login, request: first };
    let id = user_roles::invite_guest(change, visit.deps(), visit.authority, input).map_err(about)?;
    for request in others {
        let input = GiveUserRole { id, space, request };
        user_roles::give(change, visit.deps(), visit.authority, input).map_err(about)?;
    }
    Ok(Next::done(&format!("/users/{id}"), "guest-invited"))
}

fn ask_remove(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, _) = found(rows, visit)?;
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    require(visit.authority, ROLES_MANAGE, Area::Space(space.id))?;
    if facts.user.home == space.id {
        return Err(manage::Error::GuestAtHome.into());
    }
    let held = facts.roles.iter().filter(|held| held.space == space.id).count();
    let question = Question {
        title: format!("Remove {} from {}", facts.profile.full_name, space.name),
        says: vec![
            format!("All roles that the guest holds in this space are taken at once: {held} now."),
            "The account, its roles elsewhere and its keys stay; they belong to its home space.".to_owned(),
        ],
        boxes: Vec::new(),
        is_danger: true,
        back: path_of(facts.user.id),
    };
    question.page(visit, place(&space))
}

fn remove(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (space, id): (SpaceId, UserId) = (visit.path()?, visit.path()?);
    user_roles::remove_guest(change, visit.deps(), visit.authority, RemoveGuest { space, id })?;
    Ok(Next::done(&format!("/spaces/{space}/users"), "guest-removed"))
}
