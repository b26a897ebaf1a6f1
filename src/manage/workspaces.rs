//! Workspaces: made, renamed, closed and reopened, removed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    audit,
    authority::require,
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    domain::{
        audit_event::AuditEntry,
        authority::{Area, Authority},
        ids::{SpaceId, UserId},
        name::Name,
        page::{Page, PageRequest},
        permission::{ROLES_MANAGE, WORKSPACE_MANAGE, WORKSPACES_MANAGE},
        workspace::{Workspace, WorkspaceNumber, WorkspaceState},
    },
    store::{self, Change, transaction::Reads},
};

/// A workspace to be made.
#[derive(Debug, Clone)]
pub struct CreateWorkspace {
    /// The space it will belong to for ever.
    pub space: SpaceId,
    /// Unique in the space.
    pub name: Name,
}

/// Makes a workspace. No key and no user holds a role in it yet, internal keys excepted (L034, L025).
///
/// # Errors
/// `not_found`, `missing_permission`, `space_closed`, `name_taken`.
pub fn create(
    change: &mut Change<'_>,
    _: &Deps,
    authority: &Authority,
    input: CreateWorkspace,
) -> Result<Workspace, Error> {
    let CreateWorkspace { space, name } = input;
    find::open_space(change, authority, space)?;
    require(authority, WORKSPACES_MANAGE, Area::Space(space))?;
    let number = store::workspaces::next_number(change)?;
    let workspace = Workspace { id: change.new_id(), space, number, name, state: WorkspaceState::Open };
    let done = store::workspaces::insert(change, &workspace);
    taken(done, || Error::NameTaken { what: "workspace", name: workspace.name.clone() })?;
    let detail = json!({ "name": workspace.name, "number": number });
    audit::write_entry(change, authority, &event("workspace.create", &workspace, detail))?;
    Ok(workspace)
}

/// A workspace to be renamed.
#[derive(Debug, Clone)]
pub struct RenameWorkspace {
    /// Its number.
    pub number: WorkspaceNumber,
    /// Unique in the space.
    pub name: Name,
}

/// Gives a workspace another name; tokens name it by its number and do not notice.
///
/// # Errors
/// `not_found`, `missing_permission`, `name_taken`.
pub fn rename(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: RenameWorkspace) -> Result<(), Error> {
    let RenameWorkspace { number, name } = input;
    let workspace = find::workspace(change, authority, number)?;
    // Who manages a workspace may name it.
    let area = Area::Workspace(workspace.space, number);
    if !authority.may(WORKSPACE_MANAGE, area) {
        require(authority, WORKSPACES_MANAGE, Area::Space(workspace.space))?;
    }
    let done = store::workspaces::rename(change, workspace.id, &name);
    taken(done, || Error::NameTaken { what: "workspace", name: name.clone() })?;
    let detail = json!({ "name": { "from": workspace.name, "to": name } });
    Ok(audit::write_entry(change, authority, &event("workspace.rename", &workspace, detail))?)
}

/// Closes a workspace: roles in it stop counting at once.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_closed`.
pub fn close(change: &mut Change<'_>, _: &Deps, authority: &Authority, number: WorkspaceNumber) -> Result<(), Error> {
    set_state(change, authority, number, WorkspaceState::Closed, "workspace.close")
}

/// Reopens a workspace: roles in it count again.
///
/// # Errors
/// `not_found`, `missing_permission`, `already_open`.
pub fn reopen(change: &mut Change<'_>, _: &Deps, authority: &Authority, number: WorkspaceNumber) -> Result<(), Error> {
    set_state(change, authority, number, WorkspaceState::Open, "workspace.reopen")
}

fn set_state(
    change: &mut Change<'_>,
    authority: &Authority,
    number: WorkspaceNumber,
    wanted: WorkspaceState,
    action: &'static str,
) -> Result<(), Error> {
    let workspace = managed(change, authority, number)?;
    if workspace.state == wanted {
        return Err(match wanted {
            WorkspaceState::Open => Error::AlreadyOpen("workspace"),
            WorkspaceState::Closed => Error::AlreadyClosed("workspace"),
        });
    }
    store::workspaces::set_state(change, &workspace, wanted)?;
    let detail = json!({ "state": { "from": workspace.state, "to": wanted } });
    Ok(audit::write_entry(change, authority, &event(action, &workspace, detail))?)
}

fn event(action: &'static str, workspace: &Workspace, detail: Value) -> AuditEntry {
    AuditEntry::new(action, workspace.id, Some(workspace.space), detail).in_workspace(workspace.number)
}

/// Removes a workspace with all roles in it. Its number is never given again.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, number: WorkspaceNumber) -> Result<(), Error> {
    let workspace = managed(change, authority, number)?;
    store::workspaces::remove(change, &workspace)?;
    let detail = json!({ "name": workspace.name, "number": number, "state": workspace.state });
    Ok(audit::write_entry(change, authority, &event("workspace.remove", &workspace, detail))?)
}

fn managed(change: &mut Change<'_>, authority: &Authority, number: WorkspaceNumber) -> Result<Workspace, Error> {
    let workspace = find::workspace(change, authority, number)?;
    require(authority, WORKSPACES_MANAGE, Area::Space(workspace.space))?;
    Ok(workspace)
}

/// One workspace, for anybody who belongs to its space.
///
/// # Errors
/// `not_found`.
pub fn show(tx: &mut impl Reads, authority: &Authority, number: WorkspaceNumber) -> Result<Workspace, Error> {
    find::workspace(tx, authority, number)
}

/// The workspaces of a space, by number, for anybody who belongs to it.
///
/// # Errors
/// `not_found`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<Workspace, WorkspaceNumber>, Error> {
    find::space(tx, authority, space)?;
    Ok(store::workspaces::page(tx, space, request)?)
}

/// Names of these workspaces, of those that lie in spaces the caller belongs to.
///
/// # Errors
/// Those of the database.
pub fn names(
    tx: &mut impl Reads,
    authority: &Authority,
    numbers: &[WorkspaceNumber],
) -> Result<BTreeMap<WorkspaceNumber, Name>, Error> {
    let found = store::workspaces::find_all_numbered(tx, numbers)?;
    let seen = found.into_iter().filter(|(_, workspace)| authority.sees(workspace.space));
    Ok(seen.map(|(number, workspace)| (number, workspace.name)).collect())
}

/// The users who hold a role in a workspace (L138).
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn members(
    tx: &mut impl Reads,
    authority: &Authority,
    number: WorkspaceNumber,
    request: PageRequest<UserId>,
) -> Result<Page<UserId, UserId>, Error> {
    let workspace = find::workspace(tx, authority, number)?;
    let area = Area::Workspace(workspace.space, number);
    if !authority.may(WORKSPACE_MANAGE, area) {
        require(authority, ROLES_MANAGE, area)?;
    }
    Ok(store::user_roles::members(tx, workspace.space, workspace.id, request)?)
}
