//! A space together with the person who runs it. Without this, nobody could give a role in a new space.

use serde_json::json;

use super::{
    audit,
    deps::Deps,
    error::Error,
    find,
    spaces::{self, CreateSpace},
    users::{self, CreateUser},
};
use crate::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        authority::Authority,
        email::Email,
        ids::UserId,
        name::Name,
        space::Space,
        user::Login,
    },
    store::{self, Change},
};

const ROLE: &str = "space_admin";

/// The person who is to run a new space.
#[derive(Debug, Clone)]
pub struct FirstAdministrator {
    /// What is typed to log in.
    pub login: Login,
    /// As people see it.
    pub full_name: Name,
    /// Addresses.
    pub emails: Vec<Email>,
}

/// Makes a space and a person in it who holds `space_admin` there. This is the one gift that goes beyond what the giver
/// holds (ruling 27): whoever makes a space does not act in it, and the space is empty.
///
/// # Errors
/// Those of [`spaces::create`], and `login_taken`.
pub fn create_space(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: CreateSpace,
    first: FirstAdministrator,
) -> Result<(Space, UserId), Error> {
    let space = spaces::create(change, deps, authority, input)?;
    let FirstAdministrator { login, full_name, emails } = first;
    let person = CreateUser { emails, ..CreateUser::person(space.id, login, full_name) };
    let id = users::insert(change, authority, person)?.id;
    let role = find::present(store::roles::find_by_name(change, space.id, ROLE)?, "role", ROLE)?;
    let given = Assignment {
        space: space.id,
        role: role.id,
        reach: Reach::Space,
        source: AssignmentSource::Local,
        since: change.seq(),
    };
    store::user_roles::give(change, id, &role, &given)?;
    let detail = json!({ "role": ROLE, "with": "the space" });
    audit::write(change, authority, "user.give_role", id, Some(space.id), detail)?;
    Ok((space, id))
}
