//! Which roles somebody asks for, and the rules on who may hold what where.

use super::error::Error;
use crate::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        ids::SpaceId,
        permission::Level,
        role::{Integration, Role},
        user::User,
        workspace::WorkspaceNumber,
    },
    store::{Change, roles, workspaces},
};

/// A role by name, and where it is to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequest {
    /// Name of the role.
    pub role: String,
    /// Numbers of the workspaces; none for a role of the space.
    pub workspaces: Vec<WorkspaceNumber>,
}

/// A role that may be given, and where.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) role: Role,
    pub(super) assignment: Assignment,
}

/// Turns requests into assignments of this space; what is asked for twice is given once (L035).
pub(super) fn resolve(change: &mut Change<'_>, space: SpaceId, requests: &[RoleRequest]) -> Result<Vec<Given>, Error> {
    let mut all: Vec<Given> = Vec::new();
    for request in requests {
        let role = find_assignable(change, space, &request.role)?;
        for reach in reaches(change, space, &role, &request.workspaces)? {
            let source = AssignmentSource::Local;
            let assignment = Assignment { space, role: role.id, reach, source, since: change.seq() };
            if !all.iter().any(|given| given.assignment == assignment) {
                all.push(Given { role: role.clone(), assignment });
            }
        }
    }
    Ok(all)
}

fn find_assignable(change: &mut Change<'_>, space: SpaceId, name: &str) -> Result<Role, Error> {
    let role = roles::find_by_name(change, space, name)?.ok_or_else(|| Error::UnknownRole(name.to_owned()))?;
    match role {
        _ if !role.is_assignable() => Err(Error::InternalRole(name.to_owned())),
        Role { level: Level::Site, .. } => Err(Error::SiteRole(name.to_owned())),
        role => Ok(role),
    }
}

fn reaches(
    change: &mut Change<'_>,
    space: SpaceId,
    role: &Role,
    numbers: &[WorkspaceNumber],
) -> Result<Vec<Reach>, Error> {
    let name = || role.name.as_str().to_owned();
    match (role.level, numbers) {
        (Level::Workspace, []) => Err(Error::WorkspaceRequired(name())),
        (Level::Workspace, numbers) => numbers
            .iter()
            .map(|number| {
                let found = workspaces::find_by_number(change, space, *number)?;
                found.map(|workspace| Reach::Workspace(workspace.id)).ok_or(Error::ForeignWorkspace(*number))
            })
            .collect(),
        (Level::Space, []) => Ok(vec![Reach::Space]),
        (Level::Space, _) => Err(Error::SpaceLevelRole(name())),
        (Level::Site, _) => Err(Error::SiteRole(name())),
    }
}

/// A key with a bridge role acts at the space alone (C05).
pub(super) fn refuse_mixed_bridge<'a>(roles: impl IntoIterator<Item = &'a Role> + Clone) -> Result<(), Error> {
    let bridge = roles.clone().into_iter().any(|role| role.integration == Integration::Bridge);
    let in_workspaces = roles.into_iter().any(|role| role.level == Level::Workspace);
    if bridge && in_workspaces { Err(Error::BridgeMixed) } else { Ok(()) }
}

/// A user's key gets only what the user can pass on: held there, and given locally (L132, L133).
pub(super) fn refuse_what_owner_cannot_pass_on(owner: &User, asked: &[Given]) -> Result<(), Error> {
    for Given { role, assignment } in asked {
        let same_place = |held: &&Assignment| {
            held.space == assignment.space && held.role == assignment.role && held.reach == assignment.reach
        };
        let held: Vec<&Assignment> = owner.roles.iter().filter(same_place).collect();
        let name = || role.name.as_str().to_owned();
        if held.is_empty() {
            return Err(Error::NotHeld(name()));
        }
        if !held.iter().any(|held| held.source == AssignmentSource::Local) {
            return Err(Error::IdpRole(name()));
        }
    }
    Ok(())
}
