//! Which roles somebody asks for, and the rules on who may hold what where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{authority::refuse_exceeding, error::Error, standing};
use crate::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        authority::{Area, Authority},
        ids::SpaceId,
        permission::Level,
        role::{Integration, Role},
        user::User,
        workspace::WorkspaceNumber,
    },
    store::{Change, roles, transaction::Reads, workspaces},
};

/// A role by name, and where it is to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequest {
    /// Name of the role.
    pub role: String,
    /// Numbers of the workspaces; none for a role of the space.
    pub workspaces: Vec<WorkspaceNumber>,
}

/// What was asked for, for the audit log.
pub(super) fn as_json(requests: &[RoleRequest]) -> Vec<Value> {
    requests.iter().map(|asked| json!({ "role": asked.role, "workspaces": asked.workspaces })).collect()
}

/// All workspaces that these name, each once.
pub(super) fn workspaces_of<'a>(requests: impl IntoIterator<Item = &'a RoleRequest>) -> Vec<WorkspaceNumber> {
    let numbers: BTreeSet<_> = requests.into_iter().flat_map(|asked| asked.workspaces.iter().copied()).collect();
    numbers.into_iter().collect()
}

/// What is held, as somebody would ask for it.
pub(super) fn of_held(tx: &mut impl Reads, held: &[Assignment]) -> Result<Vec<RoleRequest>, Error> {
    let (roles, workspaces) = standing::parts(tx, held)?;
    let mut requests: BTreeMap<String, Vec<WorkspaceNumber>> = BTreeMap::new();
    for held in held {
        let Some(role) = roles.get(&held.role) else { continue };
        let numbers = requests.entry(role.name.as_str().to_owned()).or_default();
        if let Reach::Workspace(id) = held.reach {
            numbers.extend(workspaces.get(&id).map(|workspace| workspace.number));
        }
    }
    Ok(requests.into_iter().map(|(role, workspaces)| RoleRequest { role, workspaces }).collect())
}

/// A role that is asked for, and where.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) role: Role,
    pub(super) assignment: Assignment,
    pub(super) area: Area,
    open: bool,
}

impl Given {
    /// Whether one of these is the same role in the same place.
    pub(super) fn is_among(&self, held: &[Assignment]) -> bool {
        held.iter().any(|held| (held.role, held.reach) == (self.assignment.role, self.assignment.reach))
    }
}

/// Whether the role of the site may be among what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SiteRoles {
    Refused,
    Allowed,
}

/// Turns requests into assignments of this space that the caller may give; what is asked for twice is given once (L035).
/// What is `held` already is not given again, so nobody needs to be able to.
pub(super) fn resolve(
    change: &mut Change<'_>,
    authority: &Authority,
    space: SpaceId,
    held: &[Assignment],
    requests: &[RoleRequest],
) -> Result<Vec<Given>, Error> {
    giveable(authority, held, places(change, space, requests, SiteRoles::Refused)?)
}

/// The same for a user's key, which gets only what its owner can pass on: held there, and given locally (L132, L133).
pub(super) fn resolve_for_owner(
    change: &mut Change<'_>,
    authority: &Authority,
    owner: &User,
    held_by_key: &[Assignment],
    requests: &[RoleRequest],
) -> Result<Vec<Given>, Error> {
    refuse_guest_roles(change, owner, requests)?;
    let asked = places(change, owner.home, requests, SiteRoles::Allowed)?;
    for Given { role, assignment, .. } in asked.iter().filter(|given| !given.is_among(held_by_key)) {
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
    giveable(authority, held_by_key, asked)
}

/// The assignments that a request for a user's role names, whoever may give them: people alone run the site.
pub(super) fn named(change: &mut Change<'_>, space: SpaceId, request: &RoleRequest) -> Result<Vec<Given>, Error> {
    places(change, space, std::slice::from_ref(request), SiteRoles::Allowed)
}

/// Those assignments, if the caller may give them: in open workspaces, and nothing beyond the caller's own rights.
pub(super) fn giveable(authority: &Authority, held: &[Assignment], asked: Vec<Given>) -> Result<Vec<Given>, Error> {
    for given in asked.iter().filter(|given| !given.is_among(held)) {
        if let (Area::Workspace(_, number), false) = (given.area, given.open) {
            return Err(Error::ClosedWorkspace(number));
        }
        refuse_exceeding(authority, &given.role, given.area)?;
    }
    Ok(asked)
}

fn places(
    change: &mut Change<'_>,
    space: SpaceId,
    requests: &[RoleRequest],
    site_roles: SiteRoles,
) -> Result<Vec<Given>, Error> {
    let mut all: Vec<Given> = Vec::new();
    for request in requests {
        let role = find_assignable(change, space, &request.role, site_roles)?;
        for (reach, area, open) in reaches(change, space, &role, &request.workspaces)? {
            let source = AssignmentSource::Local;
            let assignment = Assignment { space, role: role.id, reach, source, since: change.seq() };
            if !all.iter().any(|given| given.assignment == assignment) {
                all.push(Given { role: role.clone(), assignment, area, open });
            }
        }
    }
    Ok(all)
}

fn find_assignable(change: &mut Change<'_>, space: SpaceId, name: &str, site_roles: SiteRoles) -> Result<Role, Error> {
    let role = roles::find_by_name(change, space, name)?.ok_or_else(|| Error::UnknownRole(name.to_owned()))?;
    match role {
        _ if !role.is_assignable() => Err(Error::InternalRole(name.to_owned())),
        Role { level: Level::Site, .. } if site_roles == SiteRoles::Refused => Err(Error::SiteRole(name.to_owned())),
        role => Ok(role),
    }
}

fn reaches(
    change: &mut Change<'_>,
    space: SpaceId,
    role: &Role,
    numbers: &[WorkspaceNumber],
) -> Result<Vec<(Reach, Area, bool)>, Error> {
    let name = || role.name.as_str().to_owned();
    match (role.level, numbers) {
        (Level::Workspace, []) => Err(Error::WorkspaceRequired(name())),
        (Level::Workspace, numbers) => {
            let found = workspaces::find_all_numbered(change, numbers)?;
            let reach = |number: &WorkspaceNumber| {
                let own = found.get(number).filter(|workspace| workspace.space == space);
                let workspace = own.ok_or(Error::ForeignWorkspace(*number))?;
                Ok((Reach::Workspace(workspace.id), Area::Workspace(space, *number), workspace.is_open()))
            };
            numbers.iter().map(reach).collect()
        }
        (Level::Space, []) => Ok(vec![(Reach::Space, Area::Space(space), true)]),
        (Level::Site, []) => Ok(vec![(Reach::Space, Area::Site, true)]),
        (Level::Space | Level::Site, _) => Err(Error::SpaceLevelRole(name())),
    }
}

/// A workspace of another space in which the owner is a guest is refused for what it is (L128, L134).
fn refuse_guest_roles(change: &mut Change<'_>, owner: &User, requests: &[RoleRequest]) -> Result<(), Error> {
    for request in requests {
        let named = workspaces::find_all_numbered(change, &request.workspaces)?;
        let mut abroad = named.values().filter(|workspace| workspace.space != owner.home);
        if abroad.any(|workspace| owner.roles.iter().any(|held| held.reach == Reach::Workspace(workspace.id))) {
            return Err(Error::ForeignDomain(request.role.clone()));
        }
    }
    Ok(())
}

/// A key with a bridge role acts at the space alone (C05).
pub(super) fn refuse_mixed_bridge<'a>(roles: impl IntoIterator<Item = &'a Role> + Clone) -> Result<(), Error> {
    let bridge = roles.clone().into_iter().any(|role| role.integration == Integration::Bridge);
    let in_workspaces = roles.into_iter().any(|role| role.level == Level::Workspace);
    if bridge && in_workspaces { Err(Error::BridgeMixed) } else { Ok(()) }
}
