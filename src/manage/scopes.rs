//! Scopes that resource servers register, so that a token can be asked for with less than `read` or `write` (ruling 28).

use serde_json::json;

use super::{audit, authority::require, deps::Deps, error::Error, find};
use crate::{
    domain::{
        authority::{Area, Authority},
        ids::ResourceServerId,
        permission::SITE_MANAGE,
        scope::RegisteredScope,
    },
    store::{self, Change, transaction::Reads},
};

/// Registers a scope. It can be asked for at audiences of its resource server, and goes with it.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_exists`.
pub fn register(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: &RegisteredScope,
) -> Result<(), Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let id = input.resource_server;
    find::resource_server(change, id)?;
    store::scopes::insert(change, input)?;
    let detail = json!({ "scope": input.name, "class": input.class });
    Ok(audit::write(change, authority, "resource_server.register_scope", id, None, detail)?)
}

/// All scopes that an application may be registered with, besides those that every site has; consent pages show them to
/// everybody.
///
/// # Errors
/// Those of the database.
pub fn offered(tx: &mut impl Reads) -> Result<Vec<RegisteredScope>, Error> {
    Ok(store::scopes::all(tx)?)
}

/// The scopes of a resource server, by name.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(tx: &mut impl Reads, authority: &Authority, id: ResourceServerId) -> Result<Vec<RegisteredScope>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    find::resource_server(tx, id)?;
    let all = store::scopes::all(tx)?;
    Ok(all.into_iter().filter(|scope| scope.resource_server == id).collect())
}
