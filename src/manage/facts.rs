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
    find,
    invitations::{self, InvitationFacts},
    standing,
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
        login_history::{CannotLogIn, LoginHistory},
        name::Name,
        page::{Page, PageRequest},
        permission::USERS_MANAGE,
        rights::{Place, Standing},
        role::{Role, RoleName},
        space::Space,
        time::Timestamp,
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
    /// The user whom it acts for, if it acts for one.
    pub owner: Option<KeyOwner>,
    /// How each of its pairs was last used: what tells whether one is safe to retire.
    pub uses: HashMap<PublicId, LastUse>,
    /// When the secret of a pair was reported first as leaked.
    pub leaked: HashMap<PublicId, Timestamp>,
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

/// Whom a key acts for, as far as it matters whether that user can log in.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    user: Arc<User>,
    home: Arc<Space>,
    history: LoginHistory,
}

impl KeyFacts {
    /// Why the owner cannot log in although the key works on (L073, C19).
    #[must_use]
    pub fn owner_cannot_log_in(&self, now: Timestamp) -> Option<CannotLogIn> {
        let KeyOwner { user, home, history } = self.owner.as_ref()?;
        history.obstacle(user, home, now)
    }
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

/// A page of the keys of a space, in the order of the filter.
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

/// A page of the keys of a user, in the order of the filter, for the user and for administrators.
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
    if filter.beyond_policy.is_some() && space.pair_life.is_none() {
        // No pair lives too long, so none of many need be looked at.
        return Ok(Page { items: Vec::new(), next: None });
    }
    let Page { items: ids, next } = store::api_keys::page(tx, filter, request)?;
    let mut keys = store::api_keys::find_many(tx, &ids)?;
    let places: HashMap<ApiKeyId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    keys.sort_by_key(|key| places.get(&key.id).copied());
    let standings = standing::of_keys(tx, keys, &Arc::new(space))?;
    Ok(Page { items: of_standings(tx, standings)?, next })
}

/// Full names of the users that these keys act for. Whoever sees a key may know whose it is.
///
/// # Errors
/// Those of the database.
pub fn names_of_owners(tx: &mut impl Reads, keys: &[KeyFacts]) -> Result<HashMap<UserId, Name>, Error> {
    let owners: BTreeSet<UserId> = keys.iter().filter_map(|facts| facts.key.owner.user()).collect();
    let profiles = store::users::profiles(tx, &owners.into_iter().collect::<Vec<_>>())?;
    Ok(profiles.into_iter().map(|(id, profile)| (id, profile.full_name)).collect())
}

fn of_standings(tx: &mut impl Reads, standings: Vec<Standing>) -> Result<Vec<KeyFacts>, Error> {
    let ids: Vec<ApiKeyId> = standings.iter().map(|standing| standing.key.id).collect();
    let mut profiles = store::api_keys::profiles(tx, &ids)?;
    let mut uses = store::pair_uses::of_keys(tx, &ids)?;
    let owners: BTreeSet<UserId> = standings.iter().filter_map(|standing| standing.key.owner.user()).collect();
    let histories = store::accounts::login_histories(tx, &owners.into_iter().collect::<Vec<_>>())?;
    let mut leaks = store::leaks::of_keys(tx, &ids)?;
    let mut brought = store::imported_clients::of_keys(tx, &ids)?;
    standings
        .into_iter()
        .map(|standing| {
            let profile = find::present(profiles.remove(&standing.key.id), "API key", standing.key.id)?;
            let pairs = standing.key.pairs.iter().map(|pair| pair.public_id);
            let (mut of_key, mut leaked) = (HashMap::new(), HashMap::new());
            for pair in pairs {
                of_key.extend(uses.remove(&pair).map(|last| (pair, last)));
                leaked.extend(leaks.remove(&pair).map(|at| (pair, at)));
            }
            let owner = standing.owner.as_ref().and_then(|user| {
                let history = *histories.get(&user.id)?;
                Some(KeyOwner { user: Arc::clone(user), home: Arc::clone(&standing.space), history })
            });
            let brought = brought.remove(&standing.key.id);
            Ok(KeyFacts { owner, uses: of_key, leaked, brought, ..of_standing(standing, profile) })
        })
        .collect()
}

fn of_standing(standing: Standing, profile: ApiKeyProfile) -> KeyFacts {
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
    KeyFacts {
        key: standing.key,
        status,
        status_reason,
        profile,
        owner: None,
        uses: HashMap::new(),
        leaked: HashMap::new(),
        brought: None,
        integration_type,
        roles,
        own_roles,
        notices,
    }
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
    /// What only the user and whoever manages the users of the user's home see.
    pub at_home: Option<HomeFacts>,
}

/// What is nobody's business elsewhere.
#[derive(Debug, Clone)]
pub struct HomeFacts {
    /// The last login, to the minute.
    pub last_logged_in_at: Option<Timestamp>,
    /// The invitation to set a first password, if there is one.
    pub invitation: Option<InvitationFacts>,
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
    let mut at_home = at_home(tx, authority, &users)?;
    users
        .into_iter()
        .map(|user| {
            let held = |given: &Assignment| held_by_user(given, &roles, &workspaces);
            let roles = user.roles.iter().filter(is_seen).filter_map(held).collect();
            let profile = find::present(profiles.remove(&user.id), "user", user.id)?;
            Ok(UserFacts { at_home: at_home.remove(&user.id), user, profile, roles })
        })
        .collect()
}

fn at_home(tx: &mut impl Reads, authority: &Authority, users: &[User]) -> Result<HashMap<UserId, HomeFacts>, Error> {
    let is_at_home = |user: &&User| authority.is_user(user.id) || authority.may(USERS_MANAGE, Area::Space(user.home));
    let at_home: Vec<&User> = users.iter().filter(is_at_home).collect();
    let ids: Vec<UserId> = at_home.iter().map(|user| user.id).collect();
    let histories = store::accounts::login_histories(tx, &ids)?;
    let mut invitations = invitations::facts(tx, &at_home)?;
    let facts = |user: &User| {
        let last_logged_in_at = histories.get(&user.id).and_then(|history| history.last_logged_in_at);
        (user.id, HomeFacts { last_logged_in_at, invitation: invitations.remove(&user.id) })
    };
    Ok(at_home.into_iter().map(facts).collect())
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
