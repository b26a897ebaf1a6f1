//! A user is edited: what is typed to log in, how people see the user, and whether the user's keys work.

use std::fmt::Debug;

use askama::Template;

use super::{account_type, emails, login, managed, path_of, place, tied};
use crate::{
    domain::{email::Email, name::Name, text_enum::TextEnum, user::AccountType},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            refused::Refused,
            screen::{Html, Next, Screen},
            shown_state,
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        facts::UserFacts,
        users::{self, EditUser},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::asking("/users/{user}/edit", show, save)]
}

#[derive(Debug, Template)]
#[template(path = "console/user_edit.html")]
struct EditUserPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    back: String,
    login: String,
    full_name: String,
    emails: String,
    is_service: bool,
    sso_exempt: bool,
    api_keys_enabled: bool,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = managed(rows, visit)?;
    let mark = shown_state::mark(visit, &state(&facts));
    let UserFacts { user, profile, .. } = facts;
    let addresses: Vec<&str> = profile.emails.iter().map(Email::as_str).collect();
    Html::of(&EditUserPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)).showing(mark),
        title: format!("Edit {}", profile.full_name),
        back: path_of(user.id),
        login: visit.value("login", profile.login.as_str()).to_owned(),
        full_name: visit.value("full_name", profile.full_name.as_str()).to_owned(),
        emails: visit.value("emails", &addresses.join(", ")).to_owned(),
        is_service: visit.value("account_type", profile.account_type.as_str()) == AccountType::Service.as_str(),
        sso_exempt: visit.is_ticked("sso_exempt", user.sso_exempt),
        api_keys_enabled: visit.is_ticked("api_keys_enabled", user.api_keys_enabled),
    })
}

/// What the form can alter.
fn state(facts: &UserFacts) -> impl Debug {
    let (user, profile) = (&facts.user, &facts.profile);
    let names = (profile.login.clone(), profile.full_name.clone(), profile.emails.clone());
    (names, profile.account_type, user.sso_exempt, user.api_keys_enabled)
}

fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    shown_state::refuse_other(visit, &state(&managed(change, visit)?.0))?;
    let input = EditUser {
        login: Some(login(visit)?),
        full_name: Some(visit.read("full_name", Name::parse)?),
        emails: Some(emails(visit)?),
        account_type: Some(account_type(visit)),
        sso_exempt: Some(visit.ticked("sso_exempt")),
        api_keys_enabled: Some(visit.ticked("api_keys_enabled")),
        ..EditUser::of(id)
    };
    users::edit(change, visit.deps(), visit.authority, input).map_err(tied)?;
    Ok(super::done(id, "saved"))
}
