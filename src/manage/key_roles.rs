//! Giving roles to API keys and taking them away.

use serde_json::json;

use super::{
    api_keys, audit,
    deps::Deps,
    error::Error,
    find,
    role_request::{self, RoleRequest},
};
use crate::{
    domain::{
        api_key::{ApiKey, Owner, UserKeyRoles},
        audit_event::Origin,
        ids::ApiKeyId,
        role::Role,
    },
    store::{self, Change},
};

/// A role of a key that is to be given or taken.
#[derive(Debug, Clone)]
pub struct ChangeKeyRole {
    /// The key.
    pub id: ApiKeyId,
    /// Which role, in which workspaces.
    pub request: RoleRequest,
}

/// Gives a role to a key. Places where it holds the role already are passed over; new tokens carry it.
///
/// # Errors
/// `not_found`, `internal_key`, `inherits_roles`, `already_given`, and those of roles at
/// [`create`](super::api_keys::create).
pub fn give(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: ChangeKeyRole) -> Result<(), Error> {
    let ChangeKeyRole { id, request } = input;
    let key = with_own_roles(change, id)?;
    api_keys::refuse_without_keys(&find::space(change, key.space)?)?;
    let mut asked = role_request::resolve(change, key.space, std::slice::from_ref(&request))?;
    asked.retain(|given| {
        !key.roles.iter().any(|held| held.role == given.assignment.role && held.reach == given.assignment.reach)
    });
    if asked.is_empty() {
        return Err(Error::AlreadyGiven(request.role));
    }
    let held = definitions(change, &key)?;
    role_request::refuse_mixed_bridge(held.iter().chain(asked.iter().map(|given| &given.role)))?;
    if let Owner::User { id, .. } = key.owner {
        role_request::refuse_what_owner_cannot_pass_on(&find::user(change, id)?, &asked)?;
    }
    for given in &asked {
        store::api_key_roles::give(change, id, &given.role, &given.assignment)?;
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    Ok(audit::write(change, origin, "api_key.give_role", id, Some(key.space), detail)?)
}

/// Takes a role from a key; tokens already out lose it at once.
///
/// # Errors
/// `not_found`, `internal_key`, `inherits_roles`, `not_assigned`, and those of roles at
/// [`create`](super::api_keys::create).
pub fn take(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: ChangeKeyRole) -> Result<(), Error> {
    let ChangeKeyRole { id, request } = input;
    let key = with_own_roles(change, id)?;
    let asked = role_request::resolve(change, key.space, std::slice::from_ref(&request))?;
    let is_asked =
        |role, reach| asked.iter().any(|given| (given.assignment.role, given.assignment.reach) == (role, reach));
    let taken: Vec<_> = key.roles.iter().filter(|held| is_asked(held.role, held.reach)).collect();
    if taken.is_empty() {
        return Err(Error::NotAssigned(request.role));
    }
    for held in taken {
        store::api_key_roles::take(change, id, held)?;
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    Ok(audit::write(change, origin, "api_key.take_role", id, Some(key.space), detail)?)
}

fn with_own_roles(change: &mut Change<'_>, id: ApiKeyId) -> Result<ApiKey, Error> {
    match api_keys::ordinary(change, id)? {
        ApiKey { owner: Owner::User { roles: UserKeyRoles::Inherit, .. }, .. } => Err(Error::InheritsRoles),
        key => Ok(key),
    }
}

fn definitions(change: &mut Change<'_>, key: &ApiKey) -> Result<Vec<Role>, Error> {
    let found = key.roles.iter().map(|held| store::roles::find(change, held.role)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}
