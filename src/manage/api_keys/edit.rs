//! Name, description and mask of an API key, from where it may be used, and whether it inherits its owner's roles.

use serde_json::json;

use super::{mode_for, ordinary, refuse_secret_beyond_own_rights, refuse_without_keys};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{ApiKey, Mode, Owner, UserKeyRoles},
        authority::Authority,
        ids::ApiKeyId,
        name::{Description, Name},
    },
    manage::{Deps, Error, audit, find},
    store::{self, Change},
};

/// What is to change of a key; what is absent stays.
#[derive(Debug, Clone)]
pub struct EditApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// As people see it.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Option<Description>,
    /// Mask over its roles; narrowing counts at once, also for tokens already out.
    pub mode: Option<Mode>,
    /// Of a user's key: whether it has all of the user's roles or those chosen (L129).
    pub user_roles: Option<UserKeyRoles>,
    /// Somebody has read that row-level restrictions do not apply to it (L115).
    pub row_level_acknowledged: bool,
    /// From where it may be used: the whole list. Narrowing counts at once, also for tokens already out.
    pub allowed_networks: Option<AllowedNetworks>,
}

impl EditApiKey {
    /// Nothing yet.
    #[must_use]
    pub const fn of(id: ApiKeyId) -> Self {
        Self {
            id,
            name: None,
            description: None,
            mode: None,
            user_roles: None,
            row_level_acknowledged: false,
            allowed_networks: None,
        }
    }
}

/// Edits a key. Its client id, secrets and tokens stay (L038): what it loses, its tokens lose at once, and what it gains comes
/// with new tokens alone.
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `not_supported_here`, `keys_disabled`, `exceeds_own_rights`,
/// `own_roles_only`.
pub fn edit(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: EditApiKey) -> Result<(), Error> {
    let EditApiKey { id, name, description, mode, user_roles, row_level_acknowledged, allowed_networks } = input;
    let before = ordinary(change, authority, id)?;
    refuse_without_keys(&find::space(change, authority, before.space)?)?;
    let owner = match (before.owner, user_roles) {
        (Owner::Space, Some(_)) => return Err(Error::OwnRolesOnly),
        (Owner::Space, None) => Owner::Space,
        (Owner::User { id, roles }, chosen) => Owner::User { id, roles: chosen.unwrap_or(roles) },
    };
    let mode = match mode {
        Some(mode) if mode != before.mode => mode_for(change, owner.user(), Some(mode))?,
        _ => before.mode,
    };
    // What a token has lost does not come back to it (ruling 17).
    let seq = change.seq();
    let after = ApiKey {
        name: name.unwrap_or_else(|| before.name.clone()),
        description: description.unwrap_or_else(|| before.description.clone()),
        mode,
        owner,
        allowed_networks: allowed_networks.unwrap_or_else(|| before.allowed_networks.clone()),
        writes_since: if (before.mode, mode) == (Mode::ReadOnly, Mode::Full) { seq } else { before.writes_since },
        inherits_since: if owner != before.owner && owner.inherits() { seq } else { before.inherits_since },
        ..before.clone()
    };
    store::api_keys::save(change, &after)?;
    if after.allowed_networks != before.allowed_networks {
        store::api_key_networks::replace(change, after.space, id, &after.allowed_networks)?;
    }
    if after.owner != before.owner && !after.owner.inherits() {
        // What was chosen long ago is not what is chosen now.
        for held in &before.roles {
            store::api_key_roles::take(change, id, held)?;
        }
    }
    if after.owner != before.owner || after.mode != before.mode {
        refuse_secret_beyond_own_rights(change, authority, &after)?;
    }
    if row_level_acknowledged {
        store::api_keys::acknowledge_row_level(change, id)?;
    }
    let detail = json!({
        "name": { "from": before.name, "to": after.name },
        "description": { "from": before.description, "to": after.description },
        "mode": { "from": before.mode, "to": after.mode },
        "user_roles": { "from": user_roles_of(before.owner), "to": user_roles_of(after.owner) },
        "row_level_acknowledged": row_level_acknowledged,
        "allowed_networks": { "from": before.allowed_networks, "to": after.allowed_networks },
    });
    Ok(audit::write(change, authority, "api_key.edit", id, Some(after.space), detail)?)
}

const fn user_roles_of(owner: Owner) -> Option<UserKeyRoles> {
    match owner {
        Owner::Space => None,
        Owner::User { roles, .. } => Some(roles),
    }
}
