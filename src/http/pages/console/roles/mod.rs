//! Roles: the catalogue of a space, one role, and roles of one's own: made, copied, trimmed, deleted.

mod form;
mod life;
mod list;
mod show;
pub(super) mod words;

use super::{asked::Visit, refused::Refused, screen::Screen};
use crate::{
    domain::{
        authority::Area,
        ids::SpaceId,
        permission::{Level, ROLES_MANAGE},
        role::{Role, RoleHome},
        space::Space,
    },
    http::pages::refusal::PageRefusal,
    manage::{Error, roles, spaces},
    store::transaction::Reads,
};

pub(super) fn screens() -> Vec<Screen> {
    // Names of forms stand before the roles, whose ids fit the same place.
    [list::screens(), form::screens(), show::screens(), life::screens()].into_iter().flatten().collect()
}

/// The space of the path, for somebody who manages its roles: whoever does not is not shown a form that would be refused.
fn managed_space(rows: &mut impl Reads, visit: &Visit<'_>) -> Result<Space, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    if manages(visit, space.id) { Ok(space) } else { Err(Error::MissingPermission(ROLES_MANAGE).into()) }
}

/// Whether whoever asks manages the roles of the space.
fn manages(visit: &Visit<'_>, space: SpaceId) -> bool {
    visit.authority.may(ROLES_MANAGE, Area::Space(space))
}

/// The role of the path, if it is one that exists in the space.
fn role_of(rows: &mut impl Reads, visit: &Visit<'_>, space: SpaceId) -> Result<Role, Refused> {
    let role = roles::show(rows, visit.authority, visit.path()?)?;
    match role.home {
        RoleHome::Space(home) if home != space => Err(Refused::Page(PageRefusal::not_found())),
        _ => Ok(role),
    }
}

/// The role of the path, if it is one that the space made.
fn own_role_of(rows: &mut impl Reads, visit: &Visit<'_>, space: SpaceId) -> Result<Role, Refused> {
    let role = role_of(rows, visit, space)?;
    if role.is_built_in() { Err(Error::BuiltInRole(role.name.as_str().to_owned()).into()) } else { Ok(role) }
}

/// Whether a copy of it makes a role that can be given.
fn can_be_copied(role: &Role) -> bool {
    role.is_assignable() && role.level != Level::Site
}

fn path_of(space: SpaceId, role: &Role) -> String {
    format!("/spaces/{space}/roles/{}", role.id)
}
