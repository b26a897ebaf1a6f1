//! A new user, who is invited at once if that is asked for.

use askama::Template;

use super::{account_type, emails, link, login, place, tied};
use crate::{
    domain::{
        authority::Area, ids::SpaceId, name::Name, permission::USERS_MANAGE, text_enum::TextEnum, user::AccountType,
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            once,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        authority::require,
        invitations::{self, Invite},
        spaces,
        users::{self, CreateUser},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::asking("/spaces/{space}/users/new", show, make)]
}

#[derive(Debug, Template)]
#[template(path = "console/user_new.html")]
struct NewUserPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    login: &'a str,
    full_name: &'a str,
    emails: &'a str,
    is_service: bool,
    sso_exempt: bool,
    invite: Vec<Choice>,
    once: String,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    require(visit.authority, USERS_MANAGE, Area::Space(space.id))?;
    let chosen = visit.value("invite", "");
    let invite = std::iter::once(Choice::new("", "Not yet", chosen)).chain(link::ways(visit, chosen)).collect();
    Html::of(&NewUserPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        back: format!("/spaces/{}/users", space.id),
        login: visit.value("login", ""),
        full_name: visit.value("full_name", ""),
        emails: visit.value("emails", ""),
        is_service: visit.value("account_type", "") == AccountType::Service.as_str(),
        sso_exempt: visit.ticked("sso_exempt"),
        invite,
        once: once::token(visit)?,
    })
}

fn make(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let home: SpaceId = visit.path()?;
    let full_name = visit.read("full_name", Name::parse)?;
    let input = CreateUser {
        emails: emails(visit)?,
        account_type: account_type(visit),
        sso_exempt: visit.ticked("sso_exempt"),
        ..CreateUser::person(home, login(visit)?, full_name)
    };
    let deliver = link::way(visit)?;
    once::once(change, visit, |change| {
        let user = users::create(change, visit.deps(), visit.authority, input).map_err(tied)?;
        let path = super::path_of(user.id);
        let Some(deliver) = deliver else { return Ok((path, super::done(user.id, "user-made"))) };
        let input = Invite { user: user.id, deliver, rules: visit.invitations() };
        let invited = invitations::invite(change, visit.deps(), visit.authority, input).map_err(tied)?;
        link::shown(change, visit, user.id, invited.link.as_ref())
    })
}
