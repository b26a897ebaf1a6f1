//! What people see of API keys and users: names instead of ids, and never a secret. A list costs a number of queries that
//! does not depend on its length.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    api_keys::{home_of_owner, managed, require_keys_manage},
    authority::require,
    error::Error,
    find, standing,
};
use crate::{
    domain::{
        api_key::{ApiKey, ApiKeyProfile, KeyStatus, Owner, StatusReason},
        assignment::{Assignment, AssignmentSource, Reach},
        authority::{Area, Authority},
        ids::{ApiKeyId, RoleId, SpaceId, UserId, WorkspaceId},
        integration_type::IntegrationType,
        key_notice::KeyNotice,
        key_pair::PublicId,
        page::{Page, PageRequest},
        permission::USERS_MANAGE,
        rights::{Place, Standing},
        role::{Role, RoleName},
        space::Space,
        user::{User, UserProfile, UserState},
        workspace::{Workspace, WorkspaceNumber},
    },
    store::{
        self, api_keys::KeyFilter, imported_clients::Brought, pair_uses::LastUse, transaction::Reads, users::UserFilter,
    },
};

/// An API key as people see it.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// The key with its pairs.
    pub key: Arc<ApiKey>,
    /// Where it stands: a key of a disabled user is disabled, whatever its own row says (C08).
    pub status: KeyStatus,
    /// Why it is disabled, if nobody disabled it by itself.
    pub status_reason: Option<StatusReason>,
    /// When and by whom it was made, and its last use.
    pub profile: ApiKeyProfile,
    /// How each of its pairs was last used: what tells whether one is safe to retire.
    pub uses: HashMap<PublicId, LastUse>,
    /// What it brought along from another system.
    pub brought: Option<Brought>,
    /// Derived from the roles that count now (L009).
    pub integration_type: IntegrationType,
    /// The roles that count now, by place and name.
    pub roles: Vec<(RoleName, Place)>,
    /// The roles that were given to the key itself, also those that do not count now, by place and name.
    pub own_roles: Vec<(RoleName, Place)>,
    /// What people should know of what it may do.
    pub notices: Vec<KeyNotice>,
}

/// One key, for somebody who may manage it.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(tx: &mut impl Reads, authority: &Authority, id: ApiKeyId) -> Result<KeyFacts, Error> {
    managed(tx, authority, id)?;
    let standing = find::present(standing::of_key(tx, id)?, "API key", id)?;
    let facts = of_standings(tx, vec![standing])?.pop();
    find::present(facts, "API key", id)
}

/// A page of the keys of a space, oldest first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    filter: &KeyFilter,
    request: PageRequest<ApiKeyId>,
) -> Result<Page<KeyFacts, ApiKeyId>, Error> {
    let space = find::space(tx, authority, space)?;
    require_keys_manage(authority, space.id)?;
    let filter = KeyFilter { space: Some(space.id), ..filter.clone() };
    page(tx, space, &filter, request)
}

/// A page of the keys of a user, oldest first, for the user and for administrators.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn of_user(
    tx: &mut impl Reads,
    authority: &Authority,
    user: UserId,
    filter: &KeyFilter,
    request: PageRequest<ApiKeyId>,
) -> Result<Page<KeyFacts, ApiKeyId>, Error> {
    let home = home_of_owner(tx, authority, user)?;
    let space = find::space(tx, authority, home)?;
    let filter = KeyFilter { owner: Some(user), ..filter.clone() };
    page(tx, space, &filter, request)
}

fn page(
    tx: &mut impl Reads,
    space: Space,
    filter: &KeyFilter,
    request: PageRequest<ApiKeyId>,
) -> Result<Page<KeyFacts, ApiKeyId>, Error> {
    let Page { items: ids, next } = store::api_keys::page(tx, filter, request)?;
    let keys = store::api_keys::find_many(tx, &ids)?;
    let standings = standing::of_keys(tx, keys, &Arc::new(space))?;
    Ok(Page { items: of_standings(tx, standings)?, next })
}

fn of_standings(tx: &mut impl Reads, standings: Vec<Standing>) -> Result<Vec<KeyFacts>, Error> {
    let ids: Vec<ApiKeyId> = standings.iter().map(|standing| standing.key.id).collect();
    let mut profiles = store::api_keys::profiles(tx, &ids)?;
    let mut uses = store::pair_uses::of_keys(tx, &ids)?;
    let mut brought = store::imported_clients::of_keys(tx, &ids)?;
    standings
        .into_iter()
        .map(|standing| {
            let profile = find::present(profiles.remove(&standing.key.id), "API key", standing.key.id)?;
            let pairs = standing.key.pairs.iter().map(|pair| pair.public_id);
            let of_key = pairs.filter_map(|pair| uses.remove(&pair).map(|last| (pair, last))).collect();
            let brought = brought.remove(&standing.key.id);
            Ok(of_standing(standing, profile, of_key, brought))
        })
        .collect()
}

fn of_standing(
    standing: Standing,
    profile: ApiKeyProfile,
    uses: HashMap<PublicId, LastUse>,
    brought: Option<Brought>,
) -> KeyFacts {
    let held = standing.held_roles();
    let integrations = held.iter().map(|held| held.role.integration);
    let integration_type = IntegrationType::derive(standing.key.internal, integrations);
    let notices = KeyNotice::of(&held);
    let roles = by_place(held.iter().map(|held| (&*held.role, held.place)));
    let own_roles = by_place(standing.own_roles());
    let owner_is_disabled = matches!(standing.key.owner, Owner::User { .. })
        && standing.owner.as_ref().is_none_or(|owner| owner.state == UserState::Disabled);
    let (status, status_reason) = match standing.key.status {
        KeyStatus::Active if owner_is_disabled => (KeyStatus::Disabled, Some(StatusReason::OwnerDisabled)),
        own => (own, standing.key.status_reason),
    };
    let key = standing.key;
    KeyFacts { key, status, status_reason, profile, uses, brought, integration_type, roles, own_roles, notices }
}

fn by_place<'a>(roles: impl Iterator<Item = (&'a Role, Place)>) -> Vec<(RoleName, Place)> {
    let mut roles: Vec<_> = roles.map(|(role, place)| (role.name.clone(), place)).collect();
    roles.sort_by(|(one, here), (other, there)| (here, one).cmp(&(there, other)));
    roles
}

/// A user as people see one.
#[derive(Debug, Clone)]
pub struct UserFacts {
    /// What decisions read.
    pub user: User,
    /// Login, name and addresses.
    pub profile: UserProfile,
    /// The roles held in spaces that the caller belongs to.
    pub roles: Vec<HeldByUser>,
}

/// A role that a user holds.
#[derive(Debug, Clone)]
pub struct HeldByUser {
    /// Its definition.
    pub role: Arc<Role>,
    /// The space in which it is held.
    pub space: SpaceId,
    /// The workspace, if it counts in one alone.
    pub workspace: Option<WorkspaceNumber>,
    /// Who gave it.
    pub source: AssignmentSource,
}

/// One user: for administrators of the user's home or of a space in which the user is a guest, and for the user.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show_user(tx: &mut impl Reads, authority: &Authority, id: UserId) -> Result<UserFacts, Error> {
    let user = find::user(tx, authority, id)?;
    let spaces: BTreeSet<SpaceId> = user.roles.iter().map(|given| given.space).chain([user.home]).collect();
    let manages = |space: &SpaceId| authority.may(USERS_MANAGE, Area::Space(*space));
    if !authority.is_user(id) && !spaces.iter().any(manages) {
        return Err(Error::MissingPermission(USERS_MANAGE));
    }
    let facts = of_users(tx, authority, &[id])?.pop();
    find::present(facts, "user", id)
}

/// A page of the users of a space, oldest first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list_users(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    filter: &UserFilter,
    request: PageRequest<UserId>,
) -> Result<Page<UserFacts, UserId>, Error> {
    find::space(tx, authority, space)?;
    require(authority, USERS_MANAGE, Area::Space(space))?;
    let Page { items: ids, next } = store::users::page(tx, space, filter, request)?;
    Ok(Page { items: of_users(tx, authority, &ids)?, next })
}

/// These users, with the roles that lie in spaces which the caller belongs to.
///
/// # Errors
/// Those of the database.
pub fn of_users(tx: &mut impl Reads, authority: &Authority, ids: &[UserId]) -> Result<Vec<UserFacts>, Error> {
    let users = store::users::find_many(tx, ids)?;
    let mut profiles = store::users::profiles(tx, ids)?;
    let all = users.iter().flat_map(|user| &user.roles);
    let (roles, workspaces) = standing::parts(tx, all)?;
    let is_seen = |given: &&Assignment| authority.sees(given.space);
    users
        .into_iter()
        .map(|user| {
            let held = |given: &Assignment| held_by_user(given, &roles, &workspaces);
            let roles = user.roles.iter().filter(is_seen).filter_map(held).collect();
            let profile = find::present(profiles.remove(&user.id), "user", user.id)?;
            Ok(UserFacts { user, profile, roles })
        })
        .collect()
}

fn held_by_user(
    given: &Assignment,
    roles: &HashMap<RoleId, Arc<Role>>,
    workspaces: &HashMap<WorkspaceId, Arc<Workspace>>,
) -> Option<HeldByUser> {
    let workspace = match given.reach {
        Reach::Space | Reach::AllWorkspaces => None,
        Reach::Workspace(id) => Some(workspaces.get(&id)?.number),
    };
    let role = Arc::clone(roles.get(&given.role)?);
    Some(HeldByUser { role, space: given.space, workspace, source: given.source })
}
