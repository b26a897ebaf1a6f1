//! Roles of API keys: given, taken, and set as a whole.

use serde_json::json;

use super::{
    api_keys::{self, event, refuse_secret_beyond_own_rights},
    audit,
    deps::Deps,
    error::Error,
    find,
    role_request::{self, Given, RoleRequest},
};
use crate::{
    domain::{
        api_key::{ApiKey, Owner, UserKeyRoles},
        assignment::Assignment,
        authority::Authority,
        ids::{ApiKeyId, RoleId},
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
/// `not_found`, `missing_permission`, `internal_key`, `inherits_roles`, `already_given`, and those of roles at
/// [`create`](super::api_keys::create).
pub fn give(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: ChangeKeyRole) -> Result<(), Error> {
    let ChangeKeyRole { id, request } = input;
    let key = with_own_roles(change, authority, id)?;
    api_keys::refuse_without_keys(&find::space(change, authority, key.space)?)?;
    let mut asked = resolve(change, authority, &key, std::slice::from_ref(&request))?;
    asked.retain(|given| !given.is_among(&key.roles));
    if asked.is_empty() {
        return Err(Error::AlreadyGiven(request.role));
    }
    add(change, &key, &asked)?;
    let held: Vec<RoleId> = key.roles.iter().map(|held| held.role).collect();
    let held = store::roles::find_many(change, &held)?;
    role_request::refuse_mixed_bridge(held.iter().chain(asked.iter().map(|given| &given.role)))?;
    refuse_secret_beyond_own_rights(change, authority, &key)?;
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    let workspaces = role_request::workspaces_of([&request]);
    let entry = event("api_key.give_role", &key, detail).in_workspaces(&workspaces);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// Takes a role from a key; tokens already out lose it at once.
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `inherits_roles`, `not_assigned`, and those of roles at
/// [`create`](super::api_keys::create).
pub fn take(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: ChangeKeyRole) -> Result<(), Error> {
    let ChangeKeyRole { id, request } = input;
    let key = with_own_roles(change, authority, id)?;
    let asked = role_request::named(change, key.space, &request)?;
    let is_asked = |held: &&Assignment| asked.iter().any(|given| same_place(held, &given.assignment));
    let taken: Vec<&Assignment> = key.roles.iter().filter(is_asked).collect();
    if taken.is_empty() {
        return Err(Error::NotAssigned(request.role));
    }
    for held in taken {
        store::api_key_roles::take(change, id, held)?;
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    let workspaces = role_request::workspaces_of([&request]);
    let entry = event("api_key.take_role", &key, detail).in_workspaces(&workspaces);
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// The roles that a key is to have, and no others.
#[derive(Debug, Clone)]
pub struct SetKeyRoles {
    /// The key.
    pub id: ApiKeyId,
    /// All of its roles from now on.
    pub roles: Vec<RoleRequest>,
}

/// Sets the roles of a key (L039, L112): what it keeps counts without interruption, what it loses counts no more at once.
///
/// # Errors
/// Those of [`give`], apart from `already_given`.
pub fn set(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: SetKeyRoles) -> Result<(), Error> {
    let SetKeyRoles { id, roles } = input;
    let key = with_own_roles(change, authority, id)?;
    api_keys::refuse_without_keys(&find::space(change, authority, key.space)?)?;
    let wanted = resolve(change, authority, &key, &roles)?;
    role_request::refuse_mixed_bridge(wanted.iter().map(|given| &given.role))?;
    let is_wanted = |held: &&Assignment| wanted.iter().any(|given| same_place(held, &given.assignment));
    for held in key.roles.iter().filter(|held| !is_wanted(held)) {
        store::api_key_roles::take(change, id, held)?;
    }
    let missing: Vec<Given> = wanted.into_iter().filter(|given| !given.is_among(&key.roles)).collect();
    add(change, &key, &missing)?;
    refuse_secret_beyond_own_rights(change, authority, &key)?;
    let before = role_request::of_held(change, &key.roles)?;
    let detail = json!({ "roles": { "from": role_request::as_json(&before), "to": role_request::as_json(&roles) } });
    let workspaces = role_request::workspaces_of(before.iter().chain(&roles));
    let entry = event("api_key.set_roles", &key, detail).in_workspaces(&workspaces);
    Ok(audit::write_entry(change, authority, &entry)?)
}

fn with_own_roles(change: &mut Change<'_>, authority: &Authority, id: ApiKeyId) -> Result<ApiKey, Error> {
    match api_keys::ordinary(change, authority, id)? {
        ApiKey { owner: Owner::User { roles: UserKeyRoles::Inherit, .. }, .. } => Err(Error::InheritsRoles),
        key => Ok(key),
    }
}

fn resolve(
    change: &mut Change<'_>,
    authority: &Authority,
    key: &ApiKey,
    requests: &[RoleRequest],
) -> Result<Vec<Given>, Error> {
    match key.owner {
        Owner::Space => role_request::resolve(change, authority, key.space, &key.roles, requests),
        Owner::User { id, .. } => {
            let owner = find::user(change, authority, id)?;
            role_request::resolve_for_owner(change, authority, &owner, &key.roles, requests)
        }
    }
}

fn add(change: &mut Change<'_>, key: &ApiKey, given: &[Given]) -> Result<(), Error> {
    for Given { role, assignment, .. } in given {
        store::api_key_roles::give(change, key.id, role, assignment)?;
    }
    // An edit that adds nothing is still a change of this key: its answer is made from what is there now.
    Ok(change.touch(crate::domain::change::Subject::ApiKey(key.id))?)
}

fn same_place(one: &Assignment, other: &Assignment) -> bool {
    (one.role, one.reach) == (other.role, other.reach)
}
