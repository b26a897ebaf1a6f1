//! Workspaces: made, closed and reopened.

use serde_json::json;

use super::{
    audit,
    deps::Deps,
    error::{Error, taken},
    find,
};
use crate::{
    domain::{
        audit_event::Origin,
        ids::SpaceId,
        name::Name,
        workspace::{Workspace, WorkspaceNumber, WorkspaceState},
    },
    store::{self, Change},
};

/// A workspace to be made.
#[derive(Debug, Clone)]
pub struct CreateWorkspace {
    /// The space it will belong to for ever.
    pub space: SpaceId,
    /// Unique in the space.
    pub name: Name,
}

/// A workspace that is there.
#[derive(Debug, Clone, Copy)]
pub struct WorkspaceOf {
    /// Its space.
    pub space: SpaceId,
    /// Its number.
    pub number: WorkspaceNumber,
}

/// Makes a workspace. No key and no user holds a role in it yet, internal keys excepted (L034, L025).
///
/// # Errors
/// `not_found`, `space_closed`, `name_taken`.
pub fn create(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: CreateWorkspace) -> Result<Workspace, Error> {
    let CreateWorkspace { space, name } = input;
    find::open_space(change, space)?;
    let number = store::workspaces::next_number(change)?;
    let workspace = Workspace { id: change.new_id(), space, number, name, state: WorkspaceState::Open };
    let done = store::workspaces::insert(change, &workspace);
    taken(done, || Error::NameTaken { what: "workspace", name: workspace.name.clone() })?;
    let detail = json!({ "name": workspace.name, "number": number });
    audit::write(change, origin, "workspace.create", workspace.id, Some(space), detail)?;
    Ok(workspace)
}

/// Closes a workspace: roles in it stop counting at once.
///
/// # Errors
/// `not_found`, `already_closed`.
pub fn close(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: WorkspaceOf) -> Result<(), Error> {
    set_state(change, origin, input, WorkspaceState::Closed, "workspace.close")
}

/// Reopens a workspace: roles in it count again.
///
/// # Errors
/// `not_found`, `already_open`.
pub fn reopen(change: &mut Change<'_>, _: &Deps, origin: &Origin, input: WorkspaceOf) -> Result<(), Error> {
    set_state(change, origin, input, WorkspaceState::Open, "workspace.reopen")
}

fn set_state(
    change: &mut Change<'_>,
    origin: &Origin,
    WorkspaceOf { space, number }: WorkspaceOf,
    wanted: WorkspaceState,
    action: &'static str,
) -> Result<(), Error> {
    let workspace = find::workspace(change, space, number)?;
    if workspace.state == wanted {
        return Err(match wanted {
            WorkspaceState::Open => Error::AlreadyOpen("workspace"),
            WorkspaceState::Closed => Error::AlreadyClosed("workspace"),
        });
    }
    store::workspaces::set_state(change, workspace.id, wanted)?;
    let detail = json!({ "state": { "from": workspace.state, "to": wanted } });
    Ok(audit::write(change, origin, action, workspace.id, Some(space), detail)?)
}
