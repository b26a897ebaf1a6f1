//! Users: those of a space, one user with everything that acts for that person, and what can be done to either.

mod create;
mod edit;
mod guests;
mod key_roles;
mod life;
mod line;
mod link;
mod list;
mod roles;
mod sessions;
mod show;
pub(super) mod words;
mod workspaces;

use super::{
    asked::Visit,
    frame::{Place, SpaceTab},
    parts::listed,
    refused::Refused,
    screen::{Next, Screen},
};
use crate::{
    domain::{
        authority::Area,
        email::{Email, InvalidEmail},
        ids::{SpaceId, UserId},
        permission::USERS_MANAGE,
        space::Space,
        text_enum::TextEnum,
        user::{AccountType, Login, User},
    },
    http::pages::refusal::PageRefusal,
    manage::{self, authority::require, facts::UserFacts, members, refusals::NotInvited, spaces},
    store::transaction::Reads,
};

pub(super) use line::{UserLine, lines};

pub(super) fn screens() -> Vec<Screen> {
    let all = [
        list::screens(),
        create::screens(),
        guests::screens(),
        show::screens(),
        edit::screens(),
        link::screens(),
        life::screens(),
        roles::screens(),
        sessions::screens(),
        workspaces::screens(),
        key_roles::screens(),
    ];
    all.into_iter().flatten().collect()
}

/// Where the pages of users stand.
pub(super) const fn place(space: &Space) -> Place<'_> {
    Place::Space(space, SpaceTab::Users)
}

/// The user of the path, for whoever manages users there or gives the user roles, and the space whose page it is on.
fn found(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<(UserFacts, Space), Refused> {
    let facts = members::show(tx, visit.authority, visit.path()?)?;
    let space = space_of(tx, visit, &facts.user)?;
    Ok((facts, space))
}

/// The same for whoever manages the users of the user's home.
fn managed(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<(UserFacts, Space), Refused> {
    let (facts, space) = found(tx, visit)?;
    require(visit.authority, USERS_MANAGE, Area::Space(facts.user.home))?;
    Ok((facts, space))
}

/// The home of the user; for those who do not belong there, the space in which the user is their guest.
fn space_of(tx: &mut impl Reads, visit: &Visit<'_>, user: &User) -> Result<Space, Refused> {
    let spaces = std::iter::once(user.home).chain(user.roles.iter().map(|given| given.space));
    let seen: Option<SpaceId> = spaces.into_iter().find(|space| visit.authority.sees(*space));
    Ok(spaces::find(tx, visit.authority, seen.ok_or_else(PageRefusal::not_found)?)?)
}

fn path_of(id: UserId) -> String {
    format!("/users/{id}")
}

fn done(id: UserId, word: &str) -> Next {
    Next::done(&path_of(id), word)
}

/// What was typed as a login.
fn login(visit: &Visit<'_>) -> Result<Login, Refused> {
    visit.read("login", |text| Login::parse(text).ok_or("a login is one word of 1 to 100 visible characters"))
}

/// Addresses, apart by commas.
fn emails(visit: &Visit<'_>) -> Result<Vec<Email>, Refused> {
    visit.read("emails", |text| listed(text).map(Email::parse).collect::<Result<Vec<Email>, InvalidEmail>>())
}

/// Who stands behind the account, as it was chosen.
fn account_type(visit: &Visit<'_>) -> AccountType {
    if visit.form().get("account_type") == Some(AccountType::Service.as_str()) {
        AccountType::Service
    } else {
        AccountType::Standard
    }
}

/// The refusal, tied to the field that it is about.
fn tied(error: manage::Error) -> Refused {
    let field = match &error {
        manage::Error::LoginTaken => "login",
        manage::Error::EmailOutsideDomains(_) | manage::Error::NotInvited(NotInvited::NoAddress) => "emails",
        manage::Error::ServicePassword | manage::Error::AdminRoleOnServiceAccount(_) => "account_type",
        _ => return error.into(),
    };
    Refused::from(error).about(field)
}
