//! What a key may get, and why it may not get the rest (L109, L135): for whoever is about to choose roles for it.

use std::collections::BTreeSet;

use super::{
    api_keys::{home_of_owner, managed},
    authority::refuse_exceeding,
    error::Error,
    standing,
};
use crate::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        authority::{Area, Authority},
        ids::{ApiKeyId, SpaceId, UserId},
        name::{Description, Name},
        page::{Page, PageRequest},
        permission::Level,
        rights::UserStanding,
        role::{Role, RoleName},
        text_enum::text_enum,
        workspace::{Workspace, WorkspaceNumber},
    },
    store::{self, transaction::Reads},
};

text_enum! {
    /// Why a key cannot get a role in a place.
    NotGrantable {
        /// The role belongs to the product itself.
        InternalRole = "internal_role",
        /// The workspace is closed.
        ClosedWorkspace = "closed_workspace",
        /// The owner holds it in another space, as a guest.
        ForeignDomain = "foreign_domain",
        /// The owner has it from an identity provider alone.
        IdpRole = "idp_role",
        /// The owner does not hold it there.
        NotHeld = "not_held",
        /// Whoever asks does not hold what is in it there.
        ExceedsOwnRights = "exceeds_own_rights",
    }
}

/// A role in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grantable {
    /// The role.
    pub role: RoleName,
    /// What it is for.
    pub description: Description,
    /// The space.
    pub space: SpaceId,
    /// The workspace; none for a role of the space.
    pub workspace: Option<(WorkspaceNumber, Name)>,
    /// Why the key cannot get it, if it cannot.
    pub reason: Option<NotGrantable>,
}

/// What this key may get. The pages go by workspace: the first has roles of the space, and roles held elsewhere, too.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn for_key(
    tx: &mut impl Reads,
    authority: &Authority,
    id: ApiKeyId,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<Grantable, WorkspaceNumber>, Error> {
    let key = managed(tx, authority, id)?;
    let owner = key.owner.user().map(|id| standing::of_user(tx, id)).transpose()?;
    list(tx, authority, key.space, owner.as_ref(), request)
}

/// What a key of this user may get.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn for_user(
    tx: &mut impl Reads,
    authority: &Authority,
    id: UserId,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<Grantable, WorkspaceNumber>, Error> {
    let space = home_of_owner(tx, authority, id)?;
    let owner = standing::of_user(tx, id)?;
    list(tx, authority, space, Some(&owner), request)
}

fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    owner: Option<&UserStanding>,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<Grantable, WorkspaceNumber>, Error> {
    let roles = store::roles::of_space(tx, Some(space))?;
    let Page { items: workspaces, next } = store::workspaces::page(tx, space, request)?;
    let mut items = Vec::new();
    if request.after.is_none() {
        let of_space = roles.iter().filter(|role| role.level == Level::Space);
        items.extend(of_space.map(|role| judge(authority, space, owner, role, None)));
        items.extend(owner.into_iter().flat_map(|owner| held_elsewhere(space, owner)));
    }
    let in_workspaces: Vec<&Role> = roles.iter().filter(|role| role.level == Level::Workspace).collect();
    for workspace in &workspaces {
        items.extend(in_workspaces.iter().map(|role| judge(authority, space, owner, role, Some(workspace))));
    }
    Ok(Page { items, next })
}

fn judge(
    authority: &Authority,
    space: SpaceId,
    owner: Option<&UserStanding>,
    role: &Role,
    workspace: Option<&Workspace>,
) -> Grantable {
    let area = workspace.map_or(Area::Space(space), |workspace| Area::Workspace(space, workspace.number));
    let reason = if !role.is_assignable() {
        Some(NotGrantable::InternalRole)
    } else if workspace.is_some_and(|workspace| !workspace.is_open()) {
        Some(NotGrantable::ClosedWorkspace)
    } else if let Some(reason) = owner.and_then(|owner| lacking(space, owner, role, workspace)) {
        Some(reason)
    } else {
        refuse_exceeding(authority, role, area).err().map(|_| NotGrantable::ExceedsOwnRights)
    };
    let workspace = workspace.map(|workspace| (workspace.number, workspace.name.clone()));
    Grantable { role: role.name.clone(), description: role.description.clone(), space, workspace, reason }
}

/// L132, L133: the owner must hold it there, and not from an identity provider alone.
fn lacking(space: SpaceId, owner: &UserStanding, role: &Role, workspace: Option<&Workspace>) -> Option<NotGrantable> {
    let reach = workspace.map_or(Reach::Space, |workspace| Reach::Workspace(workspace.id));
    let is_there = |held: &&Assignment| held.space == space && held.role == role.id && held.reach == reach;
    let mut sources = owner.user.roles.iter().filter(is_there).map(|held| held.source).peekable();
    if sources.peek().is_none() {
        return Some(NotGrantable::NotHeld);
    }
    (!sources.any(|source| source == AssignmentSource::Local)).then_some(NotGrantable::IdpRole)
}

/// L134: what the owner holds as a guest of other spaces.
fn held_elsewhere(space: SpaceId, owner: &UserStanding) -> Vec<Grantable> {
    let mut seen = BTreeSet::new();
    let abroad = owner.user.roles.iter().filter(|held| held.space != space);
    abroad
        .filter_map(|held| {
            let role = owner.roles.get(&held.role)?;
            let workspace = match held.reach {
                Reach::Space | Reach::AllWorkspaces => None,
                Reach::Workspace(id) => owner.workspaces.get(&id),
            };
            let place = workspace.map(|workspace| (workspace.number, workspace.name.clone()));
            let is_new = seen.insert((held.role, held.space, place.as_ref().map(|(number, _)| *number)));
            is_new.then(|| Grantable {
                role: role.name.clone(),
                description: role.description.clone(),
                space: held.space,
                workspace: place,
                reason: Some(NotGrantable::ForeignDomain),
            })
        })
        .collect()
}
