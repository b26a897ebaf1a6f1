//! Who has which roles where, for those who give them: the users of a workspace, and the workspaces of a user with the keys
//! that reach into them (L114, L138).

use std::{collections::BTreeMap, sync::Arc};

use super::{
    api_keys::{self, require_keys_manage},
    error::Error,
    facts::{self, UserFacts},
    find, standing, workspaces,
};
use crate::{
    domain::{
        assignment::{AssignmentSource, Reach},
        authority::{Area, Authority},
        ids::{ApiKeyId, SpaceId, UserId},
        name::Name,
        page::{Page, PageRequest},
        permission::{ROLES_MANAGE, SITE_MANAGE, USERS_MANAGE, WORKSPACE_MANAGE},
        rights::Place,
        role::RoleName,
        user::User,
        workspace::{Workspace, WorkspaceKey, WorkspaceNumber},
    },
    store::transaction::Reads,
};

/// One user, for whoever can give the user roles somewhere.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<UserFacts, Error> {
    let user = find::user(tx, authority, id)?;
    let gives_in = |space| {
        let manages = |name: &str| authority.may(name, Area::Space(space));
        manages(USERS_MANAGE) || manages(ROLES_MANAGE) || authority.may_somewhere(WORKSPACE_MANAGE, space)
    };
    let may = authority.is_user(id) || authority.may(SITE_MANAGE, Area::Site) || spaces_of(&user).any(gives_in);
    if !may {
        return Err(Error::MissingPermission(ROLES_MANAGE));
    }
    find::present(facts::of_users(tx, authority, &[id])?.pop(), "user", id)
}

/// The space that a user belongs to.
///
/// # Errors
/// `not_found`.
pub fn home_of(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<SpaceId, Error> {
    Ok(find::user(tx, authority, id)?.home)
}

fn spaces_of(user: &User) -> impl Iterator<Item = SpaceId> + '_ {
    user.roles.iter().map(|given| given.space).chain([user.home])
}

/// A page of the users who hold a role in a workspace, with the roles that they hold there.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn of_workspace(
    tx: &mut impl Reads,
    authority: &Authority,
    number: WorkspaceNumber,
    request: PageRequest<UserId>,
) -> Result<Page<UserFacts, UserId>, Error> {
    let Page { items: ids, next } = workspaces::members(tx, authority, number, request)?;
    let mut items = facts::of_users(tx, authority, &ids)?;
    for user in &mut items {
        user.roles.retain(|held| held.workspace == Some(number));
    }
    Ok(Page { items, next })
}

/// A workspace in which a user holds roles.
#[derive(Debug, Clone)]
pub struct UserWorkspace {
    /// The workspace.
    pub workspace: Arc<Workspace>,
    /// The roles, and who gave them.
    pub roles: Vec<(RoleName, AssignmentSource)>,
    /// The user's keys that have roles there now; none for those who may not know of keys.
    pub keys: Option<Vec<KeyThere>>,
}

/// A key with roles in a workspace.
#[derive(Debug, Clone)]
pub struct KeyThere {
    /// The key.
    pub id: ApiKeyId,
    /// As people see it.
    pub name: Name,
    /// Whether it has the roles of its owner and none of its own.
    pub inherits: bool,
    /// The roles that count there now.
    pub roles: Vec<RoleName>,
}

/// A page of the workspaces in which a user holds roles, by number, as far as the caller belongs to their spaces.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn workspaces_of(
    tx: &mut impl Reads,
    authority: &Authority,
    id: UserId,
    request: PageRequest<WorkspaceNumber>,
) -> Result<Page<UserWorkspace, WorkspaceNumber>, Error> {
    let user = find::user(tx, authority, id)?;
    let manages = |space| [USERS_MANAGE, ROLES_MANAGE].iter().any(|name| authority.may(name, Area::Space(space)));
    if !authority.is_user(id) && !spaces_of(&user).any(manages) {
        return Err(Error::MissingPermission(USERS_MANAGE));
    }
    let (roles, workspaces) = standing::parts(tx, &user.roles)?;
    let mut places: BTreeMap<WorkspaceNumber, UserWorkspace> = BTreeMap::new();
    for given in user.roles.iter().filter(|given| authority.sees(given.space)) {
        let Reach::Workspace(workspace) = given.reach else { continue };
        let (Some(role), Some(workspace)) = (roles.get(&given.role), workspaces.get(&workspace)) else { continue };
        let place = places.entry(workspace.number).or_insert_with(|| UserWorkspace {
            workspace: Arc::clone(workspace),
            roles: Vec::new(),
            keys: None,
        });
        place.roles.push((role.name.clone(), given.source));
    }
    if authority.is_user(id) || require_keys_manage(authority, user.home).is_ok() {
        add_keys(tx, authority, &user, &mut places)?;
    }
    let after = |number: &WorkspaceNumber| request.after.is_none_or(|last| *number > last);
    let rows = places.into_iter().filter(|(number, _)| after(number)).map(|(_, place)| place).collect();
    Ok(request.page(rows, |place: &UserWorkspace| place.workspace.number))
}

fn add_keys(
    tx: &mut impl Reads,
    authority: &Authority,
    user: &User,
    places: &mut BTreeMap<WorkspaceNumber, UserWorkspace>,
) -> Result<(), Error> {
    for place in places.values_mut() {
        place.keys = Some(Vec::new());
    }
    let home = Arc::new(find::space(tx, authority, user.home)?);
    let keys = api_keys::of_owner(tx, user.id)?;
    for standing in standing::of_keys(tx, keys, &home)? {
        for held in standing.held_roles() {
            let Place::Workspace(WorkspaceKey::One(number)) = held.place else { continue };
            let Some(keys) = places.get_mut(&number).and_then(|place| place.keys.as_mut()) else { continue };
            let name = held.role.name.clone();
            match keys.last_mut().filter(|known| known.id == standing.key.id) {
                Some(known) => known.roles.push(name),
                None => keys.push(KeyThere {
                    id: standing.key.id,
                    name: standing.key.name.clone(),
                    inherits: standing.key.owner.inherits(),
                    roles: vec![name],
                }),
            }
        }
    }
    Ok(())
}
