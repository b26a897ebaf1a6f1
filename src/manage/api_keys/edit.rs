//! Name, description and mask of an API key, from where it may be used, and whether it inherits its owner's roles.

use serde_json::{Value, json};

use super::{event, mode_for, ordinary, refuse_secret_beyond_own_rights, refuse_without_keys};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{ApiKey, Mode, Owner, UserKeyRoles},
        audit_detail,
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
    let mut detail = audit_detail::changed(&settings(&before), &settings(&after));
    if row_level_acknowledged {
        detail = audit_detail::with(detail, "row_level_acknowledged", json!(true));
    }
    Ok(audit::write_entry(change, authority, &event("api_key.edit", &after, detail))?)
}

/// What can be changed of a key, for the log.
fn settings(key: &ApiKey) -> Value {
    let user_roles = match key.owner {
        Owner::Space => None,
        Owner::User { roles, .. } => Some(roles),
    };
    json!({
        "name": key.name, "description": key.description, "mode": key.mode, "user_roles": user_roles,
        "allowed_networks": key.allowed_networks,
    })
}
