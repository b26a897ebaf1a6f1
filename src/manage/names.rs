//! Names that people type instead of ids. What the caller does not belong to has no name for that caller (ruling 23).

use std::collections::BTreeMap;

use super::{
    error::Error,
    find::{self, present},
};
use crate::{
    domain::{
        authority::Authority,
        ids::{RoleId, SpaceId, UserId},
        name::Name,
        user::Login,
    },
    store::{self, transaction::Reads},
};

/// The space of this name.
///
/// # Errors
/// `not_found`.
pub fn space(tx: &mut impl Reads, authority: &Authority, name: &Name) -> Result<SpaceId, Error> {
    let found = store::spaces::find_by_name(tx, name)?.filter(|space| authority.sees(space.id));
    Ok(present(found, "space", format_args!("`{name}`"))?.id)
}

/// Names of these spaces, of those that the caller belongs to.
///
/// # Errors
/// Those of the database.
pub fn of_spaces(
    tx: &mut impl Reads,
    authority: &Authority,
    ids: &[SpaceId],
) -> Result<BTreeMap<SpaceId, Name>, Error> {
    let seen: Vec<SpaceId> = ids.iter().copied().filter(|id| authority.sees(*id)).collect();
    let found = store::spaces::find_many(tx, &seen)?;
    Ok(found.into_iter().map(|space| (space.id, space.name)).collect())
}

/// The user who logs in with this.
///
/// # Errors
/// `not_found`.
pub fn user(tx: &mut impl Reads, authority: &Authority, login: &Login) -> Result<UserId, Error> {
    let missing = || Error::NotFound { what: "user", given: format!("`{login}`") };
    let id = store::users::find_by_login(tx, login)?.ok_or_else(missing)?;
    match find::user(tx, authority, id) {
        // The id of somebody who cannot be seen is not told either.
        Err(Error::NotFound { .. }) => Err(missing()),
        found => Ok(found?.id),
    }
}

/// The full name of a user that the caller sees.
///
/// # Errors
/// `not_found`.
pub fn of_user(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<Name, Error> {
    find::user(tx, authority, id)?;
    let profile = store::users::profiles(tx, &[id])?.remove(&id);
    Ok(present(profile, "user", id)?.full_name)
}

/// The role of this name: built in, or made by the space.
///
/// # Errors
/// `not_found`, `unknown_role`.
pub fn role(tx: &mut impl Reads, authority: &Authority, space: SpaceId, name: &str) -> Result<RoleId, Error> {
    find::space(tx, authority, space)?;
    let found = store::roles::find_by_name(tx, space, name)?;
    found.map(|role| role.id).ok_or_else(|| Error::UnknownRole(name.to_owned()))
}
