//! The life of an API key: revoked, regenerated, disabled, enabled, cut off from its tokens, deleted (C09).

use serde_json::json;

use super::{
    end_of_pair, event, managed, ordinary, refuse_secret_beyond_own_rights, refuse_without_keys, space_with_keys,
};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        api_key::{ApiKey, KeyStatus, Owner},
        authority::Authority,
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, PublicId, Slot},
        user::UserState,
    },
    manage::{
        Deps, Error, audit,
        credentials::{self, NewCredential},
        find, key_moves,
    },
    store::{self, Change},
};

/// Revokes a key: its pairs are destroyed and its tokens dead (L040).
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `already_revoked`.
pub fn revoke(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApiKeyId) -> Result<(), Error> {
    let key = ordinary(change, authority, id)?;
    if key.status == KeyStatus::Revoked {
        return Err(Error::AlreadyRevoked);
    }
    move_to(change, authority, &key, KeyStatus::Revoked, "api_key.revoke")?;
    Ok(store::key_pairs::delete_all_of_api_key(change, id)?)
}

/// Switches a key off: its tokens are dead, its secrets are kept (L113).
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `already_disabled`, `key_revoked`.
pub fn disable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApiKeyId) -> Result<(), Error> {
    let key = ordinary(change, authority, id)?;
    match key.status {
        KeyStatus::Active => move_to(change, authority, &key, KeyStatus::Disabled, "api_key.disable"),
        KeyStatus::Disabled => Err(Error::AlreadyDisabled("key")),
        KeyStatus::Revoked => Err(Error::KeyRevoked),
    }
}

/// Switches a key on again with the secrets it had; its old tokens stay dead.
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `not_disabled`, `key_revoked`, `owner_disabled`,
/// `not_supported_here`, `keys_disabled`.
pub fn enable(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApiKeyId) -> Result<(), Error> {
    let key = ordinary(change, authority, id)?;
    if key.status == KeyStatus::Revoked {
        return Err(Error::KeyRevoked);
    }
    // First of all: such a key is shown as disabled, although nobody disabled it by itself.
    refuse_disabled_owner(change, &key)?;
    if key.status == KeyStatus::Active {
        return Err(Error::NotDisabled("key"));
    }
    refuse_without_keys(&find::space(change, authority, key.space)?)?;
    let enabled = ApiKey { status: KeyStatus::Active, status_reason: None, ..key.clone() };
    store::api_keys::save(change, &enabled)?;
    let detail = json!({ "status": { "from": key.status, "to": KeyStatus::Active } });
    Ok(audit::write_entry(change, authority, &event("api_key.enable", &key, detail))?)
}

/// A cut-off without a new secret: all tokens of the key are dead, its pairs get new ones (ruling 21).
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`.
pub fn revoke_tokens(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApiKeyId) -> Result<(), Error> {
    let key = ordinary(change, authority, id)?;
    store::api_keys::save(change, &ApiKey { cut_off: change.seq(), ..key.clone() })?;
    Ok(audit::write_entry(change, authority, &event("api_key.revoke_tokens", &key, json!({})))?)
}

/// Deletes a key, whatever its status: its id is never used again (L124).
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`.
pub fn remove(change: &mut Change<'_>, _: &Deps, authority: &Authority, id: ApiKeyId) -> Result<(), Error> {
    let key = ordinary(change, authority, id)?;
    store::api_keys::remove(change, &key)?;
    let detail = json!({ "name": key.name, "status": key.status, "pairs": public_ids(&key) });
    Ok(audit::write_entry(change, authority, &event("api_key.delete", &key, detail))?)
}

/// A key to be regenerated.
#[derive(Debug, Clone, Copy)]
pub struct RegenerateApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// When the new pair stops working.
    pub expiry: ExpiryPolicy,
}

/// Gives a key in any status one new pair and makes it active: all earlier pairs and tokens are dead, client id and roles
/// stay (L042–L046). The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `space_closed`, `not_supported_here`, `keys_disabled`,
/// `owner_disabled`, `expiry_in_the_past`, `expiry_beyond_maximum`.
pub fn regenerate(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: RegenerateApiKey,
) -> Result<NewCredential<ApiKeyId>, Error> {
    let RegenerateApiKey { id, expiry } = input;
    let key = managed(change, authority, id)?;
    let space = space_with_keys(change, authority, &key)?;
    refuse_disabled_owner(change, &key)?;
    key_moves::refuse_moved(change, id)?;
    refuse_secret_beyond_own_rights(change, authority, &key)?;
    let expires_at = end_of_pair(&space, expiry, change.now())?;
    let active = ApiKey { status: KeyStatus::Active, status_reason: None, cut_off: change.seq(), ..key.clone() };
    store::api_keys::save(change, &active)?;
    store::key_pairs::delete_all_of_api_key(change, id)?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ApiKey, Slot::First, expires_at)?;
    store::key_pairs::insert_for_api_key(change, key.space, id, &pair)?;
    let detail = json!({
        "status": { "from": key.status, "to": KeyStatus::Active },
        "pairs": { "from": public_ids(&key), "to": [pair.public_id] },
        "expires_at": expires_at,
    });
    audit::write_entry(change, authority, &event("api_key.regenerate", &key, detail).about(pair.public_id))?;
    Ok(NewCredential::new(id, &pair, secret))
}

fn move_to(
    change: &mut Change<'_>,
    authority: &Authority,
    key: &ApiKey,
    status: KeyStatus,
    action: &'static str,
) -> Result<(), Error> {
    let moved = ApiKey { status, status_reason: None, cut_off: change.seq(), ..key.clone() };
    store::api_keys::save(change, &moved)?;
    let detail = json!({ "status": { "from": key.status, "to": status } });
    Ok(audit::write_entry(change, authority, &event(action, key, detail))?)
}

fn public_ids(key: &ApiKey) -> Vec<PublicId> {
    key.pairs.iter().map(|pair| pair.public_id).collect()
}

/// L084: nothing of a disabled user is brought to life.
fn refuse_disabled_owner(change: &mut Change<'_>, key: &ApiKey) -> Result<(), Error> {
    let Owner::User { id, .. } = key.owner else { return Ok(()) };
    match store::users::find(change, id)? {
        Some(user) if user.state == UserState::Active => Ok(()),
        _ => Err(Error::OwnerDisabled),
    }
}
