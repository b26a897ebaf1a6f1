//! A new API key with its first pair.

use serde_json::{Value, json};

use super::{end_of_pair, event, mode_for, refuse_secret_beyond_own_rights, refuse_without_keys, require_keys_manage};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{ApiKey, KeyStatus, Mode, Owner, UserKeyRoles},
        audit_detail,
        authority::{Area, Authority},
        ids::{ApiKeyId, SpaceId},
        key_pair::{ExpiryPolicy, Slot},
        name::{Description, Name},
        permission::KEYS_MANAGE,
        sequence::Seq,
        space::Space,
        time::Timestamp,
        user::{User, UserState},
        workspace::WorkspaceNumber,
    },
    manage::{
        Deps, Error, audit,
        credentials::{self, NewCredential},
        find,
        role_request::{self, RoleRequest},
    },
    store::{self, Change},
};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct CreateApiKey {
    /// The space it will belong to.
    pub space: SpaceId,
    /// Whom it acts for. The home space of a user must be `space`.
    pub owner: Owner,
    /// As people see it.
    pub name: Name,
    /// What it is for.
    pub description: Description,
    /// Mask over its roles; none for the widest that its owner can have.
    pub mode: Option<Mode>,
    /// Its roles; none for a key that inherits.
    pub roles: Vec<RoleRequest>,
    /// When its first pair stops working.
    pub expiry: ExpiryPolicy,
    /// Whoever makes it has read that row-level restrictions do not apply to it (L115).
    pub row_level_acknowledged: bool,
    /// From where it may be used.
    pub allowed_networks: AllowedNetworks,
}

/// A key that was just made and has no pair yet.
pub(super) struct NewKey {
    pub(super) key: ApiKey,
    /// When its first pair is to stop working.
    pub(super) expires_at: Option<Timestamp>,
    /// What the audit log tells of it, apart from that pair.
    pub(super) detail: Value,
    /// The workspaces that its roles reach, if they were chosen.
    pub(super) workspaces: Vec<WorkspaceNumber>,
}

/// Makes an active key with its first pair. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `key_creation_restricted`, `user_key_cannot_manage_keys`, `space_closed`,
/// `not_supported_here`, `keys_disabled`, `foreign_owner`, `owner_disabled`, `owner_keys_disabled`, `exceeds_own_rights`,
/// `expiry_in_the_past`, `expiry_beyond_maximum`; for roles `unknown_role`, `site_role`, `internal_role`,
/// `space_level_role`, `workspace_required`, `foreign_workspace`, `closed_workspace`, `bridge_mixed`, `not_held`,
/// `idp_role`, `inherits_roles`.
pub fn create(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: CreateApiKey,
) -> Result<NewCredential<ApiKeyId>, Error> {
    let NewKey { key, expires_at, detail, workspaces } = without_pair(change, authority, input)?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ApiKey, Slot::First, expires_at)?;
    store::key_pairs::insert_for_api_key(change, key.space, key.id, &pair)?;
    let detail = audit_detail::with(detail, "pair", json!(pair.public_id));
    let entry = event("api_key.create", &key, detail).about(pair.public_id).in_workspaces(&workspaces);
    audit::write_entry(change, authority, &entry)?;
    Ok(NewCredential::new(key.id, &pair, secret))
}

/// Makes an active key that has no pair yet, for somebody who may make it and give it its roles.
pub(super) fn without_pair(
    change: &mut Change<'_>,
    authority: &Authority,
    input: CreateApiKey,
) -> Result<NewKey, Error> {
    let CreateApiKey { space, owner, name, description, mode, roles, expiry, row_level_acknowledged, allowed_networks } =
        input;
    let space = find::open_space(change, authority, space)?;
    require_creation(authority, &space, owner)?;
    refuse_without_keys(&space)?;
    let given = match owner {
        Owner::Space => role_request::resolve(change, authority, space.id, &[], &roles)?,
        Owner::User { id, roles: kind } => {
            let user = find::user(change, authority, id)?;
            refuse_owner(&user, space.id)?;
            if kind == UserKeyRoles::Inherit && !roles.is_empty() {
                return Err(Error::InheritsRoles);
            }
            role_request::resolve_for_owner(change, authority, &user, &[], &roles)?
        }
    };
    role_request::refuse_mixed_bridge(given.iter().map(|given| &given.role))?;
    let mode = mode_for(change, owner.user(), mode)?;
    let expires_at = end_of_pair(&space, expiry, change.now())?;
    let key = ApiKey {
        id: change.new_id(),
        space: space.id,
        owner,
        name,
        description,
        mode,
        status: KeyStatus::Active,
        status_reason: None,
        internal: None,
        cut_off: Seq::ZERO,
        writes_since: Seq::ZERO,
        inherits_since: Seq::ZERO,
        roles: Vec::new(),
        pairs: Vec::new(),
        allowed_networks,
    };
    store::api_keys::insert(change, &key, &authority.origin().actor.to_string())?;
    store::api_key_networks::replace(change, key.space, key.id, &key.allowed_networks)?;
    for role in &given {
        store::api_key_roles::give(change, key.id, &role.role, &role.assignment)?;
    }
    refuse_secret_beyond_own_rights(change, authority, &key)?;
    if row_level_acknowledged {
        store::api_keys::acknowledge_row_level(change, key.id)?;
    }
    let detail = json!({
        "name": key.name, "description": key.description, "mode": mode, "owner": owner_json(owner),
        "roles": role_request::as_json(&roles), "expires_at": expires_at,
        "row_level_acknowledged": row_level_acknowledged, "allowed_networks": key.allowed_networks,
    });
    let workspaces = role_request::workspaces_of(&roles);
    Ok(NewKey { key, expires_at, detail, workspaces })
}

fn owner_json(owner: Owner) -> Value {
    match owner {
        Owner::Space => json!({ "kind": "space" }),
        Owner::User { id, roles } => json!({ "kind": "user", "user": id, "roles": roles }),
    }
}

/// Administrators make keys for all, everybody else for himself, unless the space keeps that to its administrators (L055,
/// L127, C04).
fn require_creation(authority: &Authority, space: &Space, owner: Owner) -> Result<(), Error> {
    match owner {
        Owner::User { id, .. } if authority.is_user(id) => {
            let is_admin = authority.may(KEYS_MANAGE, Area::Space(space.id));
            if space.key_creation_restricted && !is_admin { Err(Error::KeyCreationRestricted) } else { Ok(()) }
        }
        _ => require_keys_manage(authority, space.id),
    }
}

fn refuse_owner(user: &User, space: SpaceId) -> Result<(), Error> {
    match user {
        user if user.home != space => Err(Error::ForeignOwner),
        User { state: UserState::Disabled, .. } => Err(Error::OwnerDisabled),
        User { api_keys_enabled: false, .. } => Err(Error::OwnerKeysDisabled),
        _ => Ok(()),
    }
}
