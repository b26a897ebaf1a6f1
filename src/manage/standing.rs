//! Rows put together to what rights rest on, in a number of queries that does not depend on how many rights there are.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{error::Error, find};
use crate::{
    domain::{
        access_token::{Acts, Basis},
        api_key::ApiKey,
        assignment::{Assignment, Reach},
        grant::Family,
        grant_standing::GrantStanding,
        ids::{ApiKeyId, GrantId, RoleId, UserId, WorkspaceId},
        rights::{Standing, UserStanding},
        role::Role,
        space::Space,
        user::User,
        workspace::Workspace,
    },
    store::{self, transaction::Reads},
};

type Parts = (HashMap<RoleId, Arc<Role>>, HashMap<WorkspaceId, Arc<Workspace>>);

/// What a token rests on, read from rows.
pub(super) enum KeptBasis {
    Key(Standing),
    Grant(GrantStanding, Family),
}

impl KeptBasis {
    pub(super) const fn basis(&self) -> Basis<'_> {
        match self {
            Self::Key(standing) => Basis::Key(standing),
            Self::Grant(standing, family) => Basis::Grant(standing, family),
        }
    }
}

/// What a token rests on; none if part of it is gone.
pub(super) fn of_token(tx: &mut impl Reads, acts: Acts) -> Result<Option<KeptBasis>, Error> {
    match acts {
        Acts::Key { key, .. } => Ok(of_key(tx, key)?.map(KeptBasis::Key)),
        Acts::Application { grant, family, .. } => {
            let Some(family) = store::families::find(tx, family)? else { return Ok(None) };
            Ok(of_grant(tx, grant)?.map(|standing| KeptBasis::Grant(standing, family)))
        }
    }
}

/// A consent with everything that it and the user's rights rest on; none if part of it is gone.
pub(super) fn of_grant(tx: &mut impl Reads, id: GrantId) -> Result<Option<GrantStanding>, Error> {
    let Some(grant) = store::grants::find(tx, id)? else { return Ok(None) };
    let Some(admission) = store::admissions::find(tx, grant.application, grant.user)? else { return Ok(None) };
    let user = &admission.user;
    let (roles, workspaces) = parts(tx, user.roles.iter().filter(|given| given.space == user.home))?;
    Ok(Some(GrantStanding { grant: Arc::new(grant), admission, roles, workspaces }))
}

/// A key with everything that its rights rest on; none if it is gone.
pub(super) fn of_key(tx: &mut impl Reads, id: ApiKeyId) -> Result<Option<Standing>, Error> {
    let Some(key) = store::api_keys::find(tx, id)? else { return Ok(None) };
    let space = find::present(store::spaces::find(tx, key.space)?, "space", key.space)?;
    Ok(of_keys(tx, vec![key], &Arc::new(space))?.pop())
}

/// Keys of one space with everything that their rights rest on, in the same order.
pub(super) fn of_keys(tx: &mut impl Reads, keys: Vec<ApiKey>, space: &Arc<Space>) -> Result<Vec<Standing>, Error> {
    let owners: BTreeSet<UserId> = keys.iter().filter_map(|key| key.owner.user()).collect();
    let owners: Vec<UserId> = owners.into_iter().collect();
    let owners: HashMap<UserId, Arc<User>> =
        store::users::find_many(tx, &owners)?.into_iter().map(|user| (user.id, Arc::new(user))).collect();
    let of_owners = owners.values().flat_map(|user| &user.roles).filter(|given| given.space == space.id);
    let (roles, workspaces) = parts(tx, keys.iter().flat_map(|key| &key.roles).chain(of_owners))?;
    let in_all = keys.iter().flat_map(|key| &key.roles).any(|given| given.reach == Reach::AllWorkspaces);
    let all_workspaces = if in_all { store::workspaces::open_of_space(tx, space.id)?.map(Arc::new) } else { None };
    let standing = |key: ApiKey| Standing {
        owner: key.owner.user().and_then(|id| owners.get(&id).cloned()),
        key: Arc::new(key),
        space: Arc::clone(space),
        roles: roles.clone(),
        workspaces: workspaces.clone(),
        all_workspaces: all_workspaces.clone(),
    };
    Ok(keys.into_iter().map(standing).collect())
}

/// A user with everything that the user's rights rest on, in every space.
pub(super) fn of_user(tx: &mut impl Reads, id: UserId) -> Result<UserStanding, Error> {
    let user = find::present(store::users::find(tx, id)?, "user", id)?;
    let (roles, workspaces) = parts(tx, &user.roles)?;
    Ok(UserStanding { user, roles, workspaces })
}

/// Definitions of the roles, and the workspaces, of these assignments.
pub(super) fn parts<'a>(
    tx: &mut impl Reads,
    assignments: impl IntoIterator<Item = &'a Assignment>,
) -> Result<Parts, Error> {
    let (mut roles, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
    for assignment in assignments {
        roles.insert(assignment.role);
        if let Reach::Workspace(id) = assignment.reach {
            workspaces.insert(id);
        }
    }
    let roles = store::roles::find_many(tx, &roles.into_iter().collect::<Vec<_>>())?;
    let workspaces = store::workspaces::find_many(tx, &workspaces.into_iter().collect::<Vec<_>>())?;
    Ok((
        roles.into_iter().map(|role| (role.id, Arc::new(role))).collect(),
        workspaces.into_iter().map(|workspace| (workspace.id, Arc::new(workspace))).collect(),
    ))
}
