//! Roles of a space: made, copied, trimmed, removed. Built-in roles are the same everywhere and do not change (L104, L145).

use serde_json::json;

use super::{
    audit,
    authority::{refuse_exceeding_in, require},
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    domain::{
        audit_detail,
        authority::{Area, Authority},
        ids::{RoleId, SpaceId},
        name::{Description, Name},
        page::{Page, PageRequest},
        permission::{self, Level, PERMISSIONS, PermissionClass, ROLES_MANAGE},
        role::{Integration, Role, RoleHome, RoleName, RolePermission},
    },
    store::{self, Change, transaction::Reads},
};

/// A role to be made.
#[derive(Debug, Clone)]
pub struct CreateRole {
    /// Whose role it will be.
    pub space: SpaceId,
    /// The word that tokens carry, unique among the built-in roles and those of the space.
    pub name: RoleName,
    /// What it is for.
    pub description: Description,
    /// Where it can be given: the space, or workspaces.
    pub level: Level,
    /// Names of permissions.
    pub permissions: Vec<String>,
}

/// Makes a role.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `name_taken`, `site_role`, `unknown_permission`,
/// `integration_permission`, `permission_above_level`.
pub fn create(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: CreateRole) -> Result<RoleId, Error> {
    let CreateRole { space, name, description, level, permissions } = input;
    let role = Role {
        id: change.new_id(),
        home: RoleHome::Space(space),
        name,
        description,
        level,
        integration: Integration::None,
        admin_class: false,
        copied_from: None,
        permissions: Vec::new(),
    };
    insert(change, authority, space, role, &permissions)
}

/// A role to be copied.
#[derive(Debug, Clone)]
pub struct CopyRole {
    /// Whose role the copy will be.
    pub space: SpaceId,
    /// The role to copy: built in, or of the same space.
    pub from: String,
    /// The word that tokens carry.
    pub name: RoleName,
    /// What the copy is for; none for the description of the original.
    pub description: Option<Description>,
    /// Its permissions; none for those of the original.
    pub permissions: Option<Vec<String>>,
}

/// Copies a role, so that it can be trimmed (L145). The copy does not follow the original.
///
/// # Errors
/// Those of [`create`], and `unknown_role`, `internal_role`.
pub fn copy(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: CopyRole) -> Result<RoleId, Error> {
    let CopyRole { space, from, name, description, permissions } = input;
    find::space(change, authority, space)?;
    let original = store::roles::find_by_name(change, space, &from)?.ok_or_else(|| Error::UnknownRole(from.clone()))?;
    if !original.is_assignable() {
        return Err(Error::InternalRole(from));
    }
    let inherited = || original.permissions.iter().map(|held| held.name.clone()).collect();
    let permissions = permissions.unwrap_or_else(inherited);
    let role = Role {
        id: change.new_id(),
        home: RoleHome::Space(space),
        name,
        description: description.unwrap_or_else(|| original.description.clone()),
        copied_from: Some(original.id),
        permissions: Vec::new(),
        ..original
    };
    insert(change, authority, space, role, &permissions)
}

fn insert(
    change: &mut Change<'_>,
    authority: &Authority,
    space: SpaceId,
    mut role: Role,
    permissions: &[String],
) -> Result<RoleId, Error> {
    find::open_space(change, authority, space)?;
    require(authority, ROLES_MANAGE, Area::Space(space))?;
    let name = role.name.as_str();
    if role.level == Level::Site {
        return Err(Error::SiteRole(name.to_owned()));
    }
    if store::roles::find_by_name(change, space, name)?.is_some() {
        return Err(name_taken(&role.name));
    }
    permit(change, &mut role, permissions)?;
    refuse_growth(authority, space, &role, &[])?;
    taken(store::roles::insert(change, space, &role), || name_taken(&role.name))?;
    let detail = json!({
        "name": role.name, "description": role.description, "level": role.level, "copied_from": role.copied_from, "permissions": names(&role),
    });
    audit::write(change, authority, "role.create", role.id, Some(space), detail)?;
    Ok(role.id)
}

fn name_taken(name: &RoleName) -> Error {
    match Name::parse(name.as_str()) {
        Ok(name) => Error::NameTaken { what: "role", name },
        Err(_) => Error::Store(store::Error::Duplicate),
    }
}

/// What is to change of a role; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditRole {
    /// The role.
    pub id: RoleId,
    /// What it is for.
    pub description: Option<Description>,
    /// Names of permissions: what it loses, its holders lose at once.
    pub permissions: Option<Vec<String>>,
}

/// Edits a role of a space. The permissions that a role has are looked up at each decision, so tokens that carry the role
/// notice at once.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `built_in_role`, `unknown_permission`,
/// `integration_permission`, `permission_above_level`, `admin_role_on_service_account`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditRole) -> Result<(), Error> {
    let EditRole { id, description, permissions } = input;
    let (before, space) = custom(change, authority, id)?;
    let mut after = Role { description: description.unwrap_or_else(|| before.description.clone()), ..before.clone() };
    if let Some(permissions) = permissions {
        permit(change, &mut after, &permissions)?;
        refuse_growth(authority, space, &after, &before.permissions)?;
        if after.admin_class && !before.admin_class {
            refuse_held_by_service_accounts(change, &after)?;
        }
    }
    store::roles::save(change, &after)?;
    let settings = |role: &Role| json!({ "description": role.description, "permissions": names(role) });
    let detail = audit_detail::changed(&settings(&before), &settings(&after));
    Ok(audit::write(change, authority, "role.edit", id, Some(space), detail)?)
}

/// Removes a role of a space that nobody holds.
///
/// # Errors
/// `not_found`, `missing_permission`, `built_in_role`, `role_in_use`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: RoleId) -> Result<(), Error> {
    let (role, space) = custom(change, authority, id)?;
    if store::roles::is_held(change, id)? {
        return Err(Error::RoleInUse(role.name.as_str().to_owned()));
    }
    store::roles::remove(change, id)?;
    let detail = json!({ "name": role.name, "permissions": names(&role) });
    Ok(audit::write(change, authority, "role.delete", id, Some(space), detail)?)
}

/// A role that can be changed, by somebody who manages the roles of its space.
fn custom(change: &mut Change<'_>, authority: &Authority, id: RoleId) -> Result<(Role, SpaceId), Error> {
    let role = find::role(change, authority, id)?;
    match role.home {
        RoleHome::BuiltIn => Err(Error::BuiltInRole(role.name.as_str().to_owned())),
        RoleHome::Space(space) => {
            require(authority, ROLES_MANAGE, Area::Space(space))?;
            Ok((role, space))
        }
    }
}

/// Sets the permissions of a role, each once, after checking that such a role may have them.
fn permit(tx: &mut impl Reads, role: &mut Role, permissions: &[String]) -> Result<(), Error> {
    let mut held = Vec::with_capacity(permissions.len());
    let mut admin_class = false;
    for name in permissions {
        let (class, level) = match permission::find(name) {
            Some(known) if known.integration != Integration::None && known.integration != role.integration => {
                return Err(Error::IntegrationPermission(name.clone()));
            }
            Some(known) => {
                admin_class |= known.admin;
                (known.class, known.level)
            }
            None => registered(tx, name)?,
        };
        if !fits(level, role.level) {
            return Err(Error::PermissionAboveLevel { permission: name.clone(), level });
        }
        held.push(RolePermission { name: name.clone(), class });
    }
    held.sort_unstable();
    held.dedup();
    role.admin_class = admin_class;
    role.permissions = held;
    Ok(())
}

fn registered(tx: &mut impl Reads, name: &str) -> Result<(PermissionClass, Level), Error> {
    let found = store::permissions::find(tx, name)?.ok_or_else(|| Error::UnknownPermission(name.to_owned()))?;
    Ok((found.class, found.level))
}

/// A permission of workspaces can also be given in the whole space, none of the space in a workspace.
const fn fits(permission: Level, role: Level) -> bool {
    matches!((permission, role), (Level::Space, Level::Space) | (Level::Workspace, Level::Space | Level::Workspace))
}

/// Ruling 27, for a permission that a role gains: the role can be given everywhere in the space, so the permission must be
/// held there.
fn refuse_growth(authority: &Authority, space: SpaceId, role: &Role, before: &[RolePermission]) -> Result<(), Error> {
    let gained = role.permissions.iter().filter(|held| !before.contains(held));
    refuse_exceeding_in(authority, role, gained, Area::Space(space))
}

/// C18, for a role that becomes one of administrators while somebody holds it.
fn refuse_held_by_service_accounts(change: &mut Change<'_>, role: &Role) -> Result<(), Error> {
    if !find::site(change)?.service_admins_allowed && store::roles::is_held_by_service_account(change, role.id)? {
        return Err(Error::AdminRoleOnServiceAccount(role.name.as_str().to_owned()));
    }
    Ok(())
}

fn names(role: &Role) -> Vec<&str> {
    role.permissions.iter().map(|held| held.name.as_str()).collect()
}

/// One role, for anybody who belongs to its space.
///
/// # Errors
/// `not_found`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: RoleId) -> Result<Role, Error> {
    find::role(tx, authority, id)
}

/// The roles that can be given in a space, built-in ones first, for anybody who belongs to it (L029).
///
/// # Errors
/// `not_found`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    request: PageRequest<RoleId>,
) -> Result<Page<Role, RoleId>, Error> {
    find::space(tx, authority, space)?;
    Ok(store::roles::page(tx, space, request)?)
}

/// All permissions: those that Keystead knows, then those that resource servers registered.
///
/// # Errors
/// Those of the database.
pub fn permissions(
    tx: &mut impl Reads,
) -> Result<(&'static [permission::Permission], Vec<permission::RegisteredPermission>), Error> {
    Ok((PERMISSIONS, store::permissions::all(tx)?))
}
