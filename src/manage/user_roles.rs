//! Roles of users: given and taken, at home and as guests of other spaces, with what that does to their keys (L131, C07).

use serde_json::json;

use super::{
    api_keys, audit,
    authority::require,
    deps::Deps,
    error::Error,
    find,
    role_request::{self, Given, RoleRequest},
};
use crate::{
    domain::{
        api_key::ApiKey,
        assignment::{Assignment, AssignmentSource},
        audit_event::AuditEntry,
        authority::{Area, Authority},
        catalogue::BUILT_IN_ROLES,
        ids::{ApiKeyId, SpaceId, UserId},
        permission::{Level, ROLES_MANAGE, SITE_MANAGE, WORKSPACE_MANAGE},
        user::{AccountType, Login, User},
    },
    store::{self, Change},
};

/// Roles to be given to a user.
#[derive(Debug, Clone)]
pub struct GiveUserRole {
    /// The user.
    pub id: UserId,
    /// Where; another space than the home makes the user a guest there.
    pub space: SpaceId,
    /// Which role, in which workspaces.
    pub request: RoleRequest,
}

/// Gives a role to a user. Places where the user holds it already are passed over.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `unknown_role`, `internal_role`, `space_level_role`,
/// `workspace_required`, `foreign_workspace`, `closed_workspace`, `already_given`, `admin_role_on_service_account`,
/// `site_role`.
pub fn give(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: GiveUserRole) -> Result<(), Error> {
    let user = find::user(change, authority, input.id)?;
    give_to(change, authority, &user, input.space, input.request)
}

fn give_to(
    change: &mut Change<'_>,
    authority: &Authority,
    user: &User,
    space: SpaceId,
    request: RoleRequest,
) -> Result<(), Error> {
    find::space(change, authority, space)?;
    require_to_give_somewhere(authority, space, &request.role)?;
    let named = role_request::named(change, space, &request)?;
    named.iter().try_for_each(|given| require_to_give(authority, given.area))?;
    if space != user.home && named.iter().any(|given| given.area == Area::Site) {
        return Err(Error::SiteRole(request.role));
    }
    let mut asked = role_request::giveable(authority, &[], named)?;
    asked.retain(|given| {
        !user.roles.iter().any(|held| held.source == AssignmentSource::Local && is_same(held, &given.assignment))
    });
    if asked.is_empty() {
        return Err(Error::AlreadyGiven(request.role));
    }
    if let Some(Given { role, .. }) = asked.iter().find(|given| given.role.admin_class) {
        refuse_service_account(change, user.id, role.name.as_str())?;
    }
    for given in &asked {
        store::user_roles::give(change, user.id, &given.role, &given.assignment)?;
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces });
    let entry = AuditEntry::new("user.give_role", user.id, Some(space), detail);
    let entry = entry.in_workspaces(&role_request::workspaces_of([&request]));
    Ok(audit::write_entry(change, authority, &entry)?)
}

/// Who gives nothing there learns nothing about roles and workspaces.
fn require_to_give_somewhere(authority: &Authority, space: SpaceId, role: &str) -> Result<(), Error> {
    let of_site = || BUILT_IN_ROLES.iter().any(|known| known.name == role && known.level == Level::Site);
    if gives_somewhere(authority, space) || (of_site() && authority.may(SITE_MANAGE, Area::Site)) {
        return Ok(());
    }
    Err(Error::MissingPermission(ROLES_MANAGE))
}

/// Whether the caller gives and takes roles there, as far as the place decides that.
#[must_use]
pub fn may_give(authority: &Authority, area: Area) -> bool {
    require_to_give(authority, area).is_ok()
}

/// Whether the caller gives roles somewhere in this space.
#[must_use]
pub fn gives_somewhere(authority: &Authority, space: SpaceId) -> bool {
    authority.may_somewhere(WORKSPACE_MANAGE, space) || authority.may(ROLES_MANAGE, Area::Space(space))
}

/// Who manages roles gives them in the whole space; who manages a workspace gives them there.
fn require_to_give(authority: &Authority, area: Area) -> Result<(), Error> {
    match area {
        Area::Site => require(authority, SITE_MANAGE, area),
        Area::Workspace(..) if authority.may(WORKSPACE_MANAGE, area) => Ok(()),
        Area::Space(_) | Area::Workspace(..) => require(authority, ROLES_MANAGE, area),
    }
}

/// C18: no administrator without a person, unless the site allows it.
fn refuse_service_account(change: &mut Change<'_>, id: UserId, role: &str) -> Result<(), Error> {
    let profile = store::users::profiles(change, &[id])?.remove(&id);
    let is_service = profile.is_some_and(|profile| profile.account_type == AccountType::Service);
    if is_service && !find::site(change)?.service_admins_allowed {
        return Err(Error::AdminRoleOnServiceAccount(role.to_owned()));
    }
    Ok(())
}

/// The same for a user who is to become a service account.
pub(super) fn refuse_admin_roles(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    if find::site(change)?.service_admins_allowed {
        return Ok(());
    }
    let held: Vec<_> = user.roles.iter().map(|given| given.role).collect();
    match store::roles::find_many(change, &held)?.into_iter().find(|role| role.admin_class) {
        Some(role) => Err(Error::AdminRoleOnServiceAccount(role.name.as_str().to_owned())),
        None => Ok(()),
    }
}

/// What happens if keys of the user rest on the role that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfKeys {
    /// They lose it too, in the same change.
    #[default]
    Cascade,
    /// Nothing happens, and the answer names them.
    Refuse,
}

/// A role to be taken from a user.
#[derive(Debug, Clone)]
pub struct TakeUserRole {
    /// The user.
    pub id: UserId,
    /// Where.
    pub space: SpaceId,
    /// Which role, in which workspaces.
    pub request: RoleRequest,
    /// What happens if keys of the user rest on it.
    pub if_keys: IfKeys,
}

/// Takes a role from a user. The user's keys lose it at once, and those that chose it do not get it back with it (L131).
/// Answers with the keys that lost it.
///
/// # Errors
/// `not_found`, `missing_permission`, `not_assigned`, `idp_role_elsewhere`, `role_on_keys`, and those of roles at
/// [`give`].
pub fn take(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: TakeUserRole,
) -> Result<Vec<ApiKeyId>, Error> {
    let TakeUserRole { id, space, request, if_keys } = input;
    let user = find::user(change, authority, id)?;
    find::space(change, authority, space)?;
    require_to_give_somewhere(authority, space, &request.role)?;
    let asked = role_request::named(change, space, &request)?;
    asked.iter().try_for_each(|given| require_to_give(authority, given.area))?;
    let is_asked = |held: &&Assignment| asked.iter().any(|given| is_same(held, &given.assignment));
    let (local, elsewhere): (Vec<Assignment>, Vec<Assignment>) =
        user.roles.iter().filter(is_asked).copied().partition(|held| held.source == AssignmentSource::Local);
    if local.is_empty() {
        return Err(match elsewhere.as_slice() {
            [] => Error::NotAssigned(request.role),
            _ => Error::IdpRoleElsewhere(request.role),
        });
    }
    let keys = take_local(change, &user, &local)?;
    if if_keys == IfKeys::Refuse && !keys.is_empty() {
        return Err(Error::RoleOnKeys { role: request.role, keys });
    }
    let detail = json!({ "role": request.role, "workspaces": request.workspaces, "keys": keys });
    let entry = AuditEntry::new("user.take_role", id, Some(space), detail);
    let entry = entry.in_workspaces(&role_request::workspaces_of([&request])).about_each(keys.iter().copied());
    audit::write_entry(change, authority, &entry)?;
    Ok(keys)
}

/// Takes these from the user and from the keys that chose them. Answers with all keys that lose something.
fn take_local(change: &mut Change<'_>, user: &User, taken: &[Assignment]) -> Result<Vec<ApiKeyId>, Error> {
    let is_taken = |held: &&Assignment| taken.iter().any(|taken| is_same(held, taken));
    let mut affected = Vec::new();
    for key in api_keys::of_owner(change, user.id)? {
        let lost: Vec<&Assignment> = key.roles.iter().filter(is_taken).collect();
        if !lost.is_empty() || (key.owner.inherits() && reaches(&key, taken)) {
            affected.push(key.id);
        }
        for held in lost {
            store::api_key_roles::take(change, key.id, held)?;
        }
    }
    for held in taken {
        store::user_roles::take(change, user.id, held)?;
    }
    Ok(affected)
}

/// Keys reach no space but their own.
fn reaches(key: &ApiKey, taken: &[Assignment]) -> bool {
    taken.iter().any(|taken| taken.space == key.space)
}

fn is_same(held: &Assignment, other: &Assignment) -> bool {
    held.space == other.space && held.role == other.role && held.reach == other.reach
}

/// Somebody of another space who is to get a role in this one.
#[derive(Debug, Clone)]
pub struct InviteGuest {
    /// The space.
    pub space: SpaceId,
    /// What the user types to log in.
    pub login: Login,
    /// Which role, in which workspaces.
    pub request: RoleRequest,
}

/// Makes somebody a guest of a space. What a guest holds there reaches no key (C02).
///
/// # Errors
/// `not_found`, `guest_at_home`, and those of [`give`].
pub fn invite_guest(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: InviteGuest,
) -> Result<UserId, Error> {
    let InviteGuest { space, login, request } = input;
    find::space(change, authority, space)?;
    // Who may give nothing here learns nothing about logins.
    require(authority, ROLES_MANAGE, Area::Space(space))?;
    let found = store::users::find_by_login(change, &login)?;
    let id = found.ok_or_else(|| Error::NotFound { what: "user", given: "with this login".to_owned() })?;
    let user = find::present(store::users::find(change, id)?, "user", id)?;
    if user.home == space {
        return Err(Error::GuestAtHome);
    }
    give_to(change, authority, &user, space, request)?;
    Ok(id)
}

/// A guest to be removed.
#[derive(Debug, Clone, Copy)]
pub struct RemoveGuest {
    /// The space.
    pub space: SpaceId,
    /// The guest.
    pub id: UserId,
}

/// Takes all roles that were given here from a guest of this space (ruling 17).
///
/// # Errors
/// `not_found`, `missing_permission`, `guest_at_home`, `idp_role_elsewhere`.
pub fn remove_guest(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: RemoveGuest) -> Result<(), Error> {
    let RemoveGuest { space, id } = input;
    find::space(change, authority, space)?;
    require(authority, ROLES_MANAGE, Area::Space(space))?;
    let user = find::user(change, authority, id)?;
    if user.home == space {
        return Err(Error::GuestAtHome);
    }
    let here: Vec<Assignment> = user.roles.iter().filter(|held| held.space == space).copied().collect();
    if here.is_empty() {
        return Err(Error::NotFound { what: "guest", given: id.to_string() });
    }
    let local: Vec<Assignment> = here.into_iter().filter(|held| held.source == AssignmentSource::Local).collect();
    if local.is_empty() {
        return Err(Error::IdpRoleElsewhere("of the guest".to_owned()));
    }
    let taken = role_request::of_held(change, &local)?;
    take_local(change, &user, &local)?;
    let detail = json!({ "roles": role_request::as_json(&taken) });
    let entry = AuditEntry::new("user.remove_guest", id, Some(space), detail);
    let entry = entry.in_workspaces(&role_request::workspaces_of(&taken));
    Ok(audit::write_entry(change, authority, &entry)?)
}
