//! Moving keys of a user to a service account: a new key takes the place of each, and the old one works on for some hours. This
//! is for people who leave: their keys stop at once when they are disabled.

use std::time::Duration;

use serde_json::json;

use super::{
    api_keys::{self, CreateApiKey, require_keys_manage},
    audit,
    credentials::NewCredential,
    deps::Deps,
    error::Error,
    find, key_pairs,
    refusals::NotMoved,
    role_request::{self, RoleRequest},
    standing,
    user_roles::{self, GiveUserRole},
};
use crate::{
    domain::{
        api_key::{ApiKey, KeyStatus, Mode, Owner, UserKeyRoles},
        assignment::AssignmentSource,
        audit_event::AuditEntry,
        authority::{Area, Authority},
        ids::{ApiKeyId, UserId},
        key_pair::ExpiryPolicy,
        rights::{Place, Standing},
        time::Timestamp,
        user::{AccountType, User},
        workspace::WorkspaceKey,
    },
    store::{self, Change, transaction::Reads},
};

/// Keys to be moved.
#[derive(Debug, Clone)]
pub struct MoveKeys {
    /// Whose they are.
    pub from: UserId,
    /// Which.
    pub keys: Vec<ApiKeyId>,
    /// The service account that gets a key for each.
    pub to: UserId,
    /// How long the old keys work on, as far as they would.
    pub overlap: Duration,
    /// What happens if the service account does not hold what the keys can do.
    pub missing_roles: MissingRoles,
    /// When the new pairs stop working.
    pub expiry: ExpiryPolicy,
}

/// What happens if the service account does not hold what the keys can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingRoles {
    /// Nothing is moved, and the answer names them.
    #[default]
    Refuse,
    /// The service account gets them, as far as the caller may give them.
    Give,
}

/// A key that was moved.
#[derive(Debug)]
pub struct MovedKey {
    /// The old key.
    pub from: ApiKeyId,
    /// When its last pair stops working; none if it has no pair.
    pub old_ends_at: Option<Timestamp>,
    /// The new key, whose secret is in this answer only.
    pub made: NewCredential<ApiKeyId>,
}

/// Moves keys: all of them, or none. A new key has name, purpose and mode of the old one and the roles that count for it now.
///
/// # Errors
/// `not_found`, `missing_permission`, `user_key_cannot_manage_keys`, `space_closed`, `not_supported_here`, `keys_disabled`,
/// `not_a_service_account`, `same_owner`, `not_a_key_of_user`, `key_disabled`, `key_revoked`, `already_moved`, `roles_missing`, and those of [`create`](api_keys::create) and of [`give`](user_roles::give).
pub fn move_keys(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: &MoveKeys,
) -> Result<Vec<MovedKey>, Error> {
    let from = find::user(change, authority, input.from)?;
    require_keys_manage(authority, from.home)?;
    find::open_space(change, authority, from.home)?;
    let to = service_account(change, &from, input.to)?;
    let mut ids = input.keys.clone();
    ids.sort_unstable();
    ids.dedup();
    let keys = ids.into_iter().map(|id| movable(change, from.id, id));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    settle_missing_roles(change, deps, authority, &to, &keys, input.missing_roles)?;
    keys.into_iter().map(|key| move_one(change, deps, authority, &to, key, input)).collect()
}

/// A key that can be moved, with the roles that count for it.
struct Movable {
    key: ApiKey,
    roles: Vec<RoleRequest>,
}

fn service_account(change: &mut Change<'_>, from: &User, id: UserId) -> Result<User, Error> {
    if id == from.id {
        return Err(NotMoved::SameOwner.into());
    }
    let to = store::users::find(change, id)?.filter(|to| to.home == from.home).ok_or(NotMoved::NotAServiceAccount)?;
    let profile = store::users::profiles(change, &[id])?.remove(&id);
    match find::present(profile, "user", id)?.account_type {
        AccountType::Service => Ok(to),
        AccountType::Standard => Err(NotMoved::NotAServiceAccount.into()),
    }
}

/// Refuses a key that has a successor: its hours are counted.
pub(super) fn refuse_moved(tx: &mut impl Reads, id: ApiKeyId) -> Result<(), Error> {
    let successor = store::api_keys::profiles(tx, &[id])?.remove(&id).and_then(|profile| profile.moved_to);
    match successor {
        Some(to) if store::api_keys::find(tx, to)?.is_some() => Err(NotMoved::Already { key: id, to }.into()),
        _ => Ok(()),
    }
}

fn movable(change: &mut Change<'_>, from: UserId, id: ApiKeyId) -> Result<Movable, Error> {
    let key = store::api_keys::find(change, id)?.filter(|key| key.owner.user() == Some(from));
    let key = key.ok_or(NotMoved::NotAKeyOfUser(id))?;
    match key.status {
        KeyStatus::Active => {}
        // The new key would work where the old one does not.
        KeyStatus::Disabled => return Err(NotMoved::KeyDisabled(id).into()),
        KeyStatus::Revoked => return Err(Error::KeyRevoked),
    }
    refuse_moved(change, id)?;
    let standing = find::present(standing::of_key(change, id)?, "API key", id)?;
    let now = change.now();
    let mut pairs = key.pairs.iter().map(|pair| standing.check_usable(pair, now));
    let first = pairs.next().ok_or(NotMoved::NoPair(id))?;
    if let Err(reason) = pairs.fold(first, Result::or) {
        return Err(NotMoved::KeyDoesNotWork(id, reason).into());
    }
    Ok(Movable { key, roles: roles_that_count(&standing) })
}

/// One request for each role. A role in a closed workspace does not count, and is not carried on.
fn roles_that_count(standing: &Standing) -> Vec<RoleRequest> {
    let mut requests: Vec<RoleRequest> = Vec::new();
    for held in standing.held_roles() {
        let role = held.role.name.as_str();
        let number = match held.place {
            Place::Workspace(WorkspaceKey::One(number)) => Some(number),
            Place::Site | Place::Space | Place::Workspace(WorkspaceKey::All) => None,
        };
        match requests.iter_mut().find(|request| request.role == role) {
            Some(request) => request.workspaces.extend(number),
            None => requests.push(RoleRequest { role: role.to_owned(), workspaces: number.into_iter().collect() }),
        }
    }
    requests
}

/// A key has no role that its owner does not hold (L132), so the service account must hold what the keys can do.
fn settle_missing_roles(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    to: &User,
    keys: &[Movable],
    missing_roles: MissingRoles,
) -> Result<(), Error> {
    let mut missing: Vec<RoleRequest> = Vec::new();
    for request in keys.iter().flat_map(|key| &key.roles) {
        if let Some(lacking) = lacking(change, to, request)?
            && !missing.contains(&lacking)
        {
            missing.push(lacking);
        }
    }
    match missing_roles {
        _ if missing.is_empty() => Ok(()),
        MissingRoles::Refuse => Err(NotMoved::RolesMissing(missing.iter().map(words).collect()).into()),
        MissingRoles::Give => missing.into_iter().try_for_each(|request| give(change, deps, authority, to, request)),
    }
}

/// What the user does not hold of a role, given locally.
fn lacking(change: &mut Change<'_>, to: &User, request: &RoleRequest) -> Result<Option<RoleRequest>, Error> {
    let mut asked = role_request::named(change, to.home, request)?;
    asked.retain(|given| {
        let wanted = given.assignment;
        !to.roles.iter().any(|held| {
            held.source == AssignmentSource::Local
                && (held.space, held.role, held.reach) == (wanted.space, wanted.role, wanted.reach)
        })
    });
    let number = |area| match area {
        Area::Workspace(_, number) => Some(number),
        Area::Site | Area::Space(_) => None,
    };
    let workspaces = asked.iter().filter_map(|given| number(given.area)).collect();
    Ok((!asked.is_empty()).then(|| RoleRequest { role: request.role.clone(), workspaces }))
}

/// Two keys may lack one role in workspaces that overlap.
fn give(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    to: &User,
    request: RoleRequest,
) -> Result<(), Error> {
    let input = GiveUserRole { id: to.id, space: to.home, request };
    match user_roles::give(change, deps, authority, input) {
        Err(Error::AlreadyGiven(_)) => Ok(()),
        other => other,
    }
}

fn words(request: &RoleRequest) -> String {
    let numbers: Vec<String> = request.workspaces.iter().map(ToString::to_string).collect();
    if numbers.is_empty() { request.role.clone() } else { format!("{}@{}", request.role, numbers.join(",")) }
}

fn move_one(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    to: &User,
    movable: Movable,
    input: &MoveKeys,
) -> Result<MovedKey, Error> {
    let Movable { key, roles } = movable;
    let profile = store::api_keys::profiles(change, &[key.id])?.remove(&key.id);
    let create = CreateApiKey {
        space: key.space,
        owner: Owner::User { id: to.id, roles: UserKeyRoles::Subset },
        name: key.name.clone(),
        description: key.description.clone(),
        // A key that may write belongs to an owner who may; without it both only read.
        mode: (key.mode == Mode::ReadOnly).then_some(Mode::ReadOnly),
        roles,
        expiry: input.expiry,
        allowed_networks: key.allowed_networks.clone(),
        row_level_acknowledged: profile.is_some_and(|profile| profile.row_level_acknowledged),
    };
    let made = api_keys::create(change, deps, authority, create)?;
    let (mut old_ends_at, mut pairs) = (None, Vec::new());
    for pair in &key.pairs {
        let end = key_pairs::retire(change, key.id, pair, input.overlap)?;
        old_ends_at = old_ends_at.max(Some(end));
        pairs.push(json!({ "pair": pair.public_id, "expires_at": { "from": pair.expires_at, "to": end } }));
    }
    store::api_keys::note_move(change, key.id, made.client_id)?;
    let of_old = json!({ "to_key": made.client_id, "to_user": to.id, "pairs": pairs });
    let entry = api_keys::event("api_key.move", &key, of_old).about(made.client_id).about(to.id);
    audit::write_entry(change, authority, &entry)?;
    let of_new = json!({ "from_key": key.id, "from_user": input.from });
    let entry = AuditEntry::new("api_key.move", made.client_id, Some(key.space), of_new);
    audit::write_entry(change, authority, &entry.about(key.id).about(input.from).about(to.id))?;
    Ok(MovedKey { from: key.id, old_ends_at, made })
}
