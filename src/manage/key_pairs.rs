//! The pairs of an API key: at most two, so that one can be replaced while the other works (L094, L101).

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    api_keys, audit,
    credentials::{self, NewCredential},
    deps::Deps,
    error::{Error, taken},
    find, key_moves,
};
use crate::{
    crypto::secret_text::SecretKind,
    domain::{
        api_key::{ApiKey, KeyStatus},
        audit_event::AuditEntry,
        authority::Authority,
        ids::ApiKeyId,
        key_pair::{ExpiryPolicy, KeyPair, PublicId, Slot},
        time::Timestamp,
    },
    store::{self, Change},
};

/// A pair to be added.
#[derive(Debug, Clone, Copy)]
pub struct AddPair {
    /// The key.
    pub key: ApiKeyId,
    /// When the new pair stops working.
    pub expiry: ExpiryPolicy,
    /// If set, the other pair stops working after this long, unless it ends sooner (ruling 21).
    pub retire_other_after: Option<Duration>,
}

/// Adds a pair to a key. The secret is in this answer only.
///
/// # Errors
/// `not_found`, `missing_permission`, `exceeds_own_rights`, `internal_key`, `key_revoked`, `pair_limit`,
/// `expiry_in_the_past`, `expiry_beyond_maximum`, `not_supported_here`, `keys_disabled`.
pub fn add(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: AddPair,
) -> Result<NewCredential<ApiKeyId>, Error> {
    let AddPair { key: id, expiry, retire_other_after } = input;
    let key = api_keys::ordinary(change, authority, id)?;
    if key.status == KeyStatus::Revoked {
        return Err(Error::KeyRevoked);
    }
    let space = find::space(change, authority, key.space)?;
    api_keys::refuse_without_keys(&space)?;
    key_moves::refuse_moved(change, id)?;
    api_keys::refuse_secret_beyond_own_rights(change, authority, &key)?;
    let slot = Slot::free(&key.pairs).ok_or(Error::PairLimit)?;
    let expires_at = api_keys::end_of_pair(&space, expiry, change.now())?;
    let (pair, secret) = credentials::make(change, deps, SecretKind::ApiKey, slot, expires_at)?;
    taken(store::key_pairs::insert_for_api_key(change, key.space, id, &pair), || Error::PairLimit)?;
    let retired = match (retire_other_after, key.pairs.first()) {
        (Some(after), Some(other)) => {
            let end = retire(change, id, other, after)?;
            Some(json!({ "pair": other.public_id, "expires_at": { "from": other.expires_at, "to": end } }))
        }
        _ => None,
    };
    let detail = json!({ "pair": pair.public_id, "expires_at": expires_at, "retired_pair": retired });
    let entry = api_keys::event("key_pair.add", &key, detail).about(pair.public_id);
    audit::write_entry(change, authority, &entry)?;
    Ok(NewCredential::new(id, &pair, secret))
}

/// Lets a pair stop working after this long, unless it ends sooner. Answers when that is.
pub(super) fn retire(
    change: &mut Change<'_>,
    key: ApiKeyId,
    pair: &KeyPair,
    after: Duration,
) -> Result<Timestamp, Error> {
    let wanted = change.now().plus(after).in_whole_seconds();
    let end = pair.expires_at.map_or(wanted, |end| end.min(wanted));
    // An answer of `false` says that it has expired by itself, which is as good.
    store::key_pairs::set_expiry(change, key, pair.id, Some(end))?;
    Ok(end)
}

/// A pair to be deleted.
#[derive(Debug, Clone, Copy)]
pub struct DeletePair {
    /// The key.
    pub key: ApiKeyId,
    /// Public half of the pair.
    pub pair: PublicId,
    /// Deletes it even if the key is left with none (KM-05).
    pub even_if_last: bool,
}

/// Deletes a pair: it and its tokens are dead, the other pair lives on (L096).
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `last_pair`.
pub fn delete(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: DeletePair) -> Result<(), Error> {
    let key = api_keys::ordinary(change, authority, input.key)?;
    let pair = pair_of(&key, input.pair)?;
    if key.pairs.len() == 1 && !input.even_if_last {
        return Err(Error::LastPair);
    }
    store::key_pairs::delete_of_api_key(change, key.id, pair)?;
    let detail = json!({ "pair": pair.public_id, "expires_at": pair.expires_at });
    Ok(audit::write_entry(change, authority, &about_pair("key_pair.delete", &key, pair, detail))?)
}

/// An end of a pair to be moved.
#[derive(Debug, Clone, Copy)]
pub struct SetExpiry {
    /// The key.
    pub key: ApiKeyId,
    /// Public half of the pair.
    pub pair: PublicId,
    /// Its new end, counted from now.
    pub expiry: ExpiryPolicy,
}

/// Moves the end of a pair that has not expired; sooner counts at once, and later where keys exist at all.
///
/// # Errors
/// `not_found`, `missing_permission`, `internal_key`, `not_supported_here`, `keys_disabled`, `expiry_in_the_past`, `expiry_beyond_maximum`, `pair_expired`.
pub fn set_expiry(change: &mut Change<'_>, _: &Deps, authority: &Authority, input: SetExpiry) -> Result<(), Error> {
    let key = api_keys::ordinary(change, authority, input.key)?;
    let pair = pair_of(&key, input.pair)?;
    let space = find::space(change, authority, key.space)?;
    let end = api_keys::end_of_pair(&space, input.expiry, change.now())?;
    let is_longer = pair.expires_at.is_some_and(|before| end.is_none_or(|end| end > before));
    if is_longer {
        api_keys::refuse_without_keys(&space)?;
        key_moves::refuse_moved(change, key.id)?;
    }
    if !store::key_pairs::set_expiry(change, key.id, pair.id, end)? {
        return Err(Error::PairExpired(pair.public_id));
    }
    let detail = json!({ "pair": pair.public_id, "expires_at": { "from": pair.expires_at, "to": end } });
    Ok(audit::write_entry(change, authority, &about_pair("key_pair.set_expiry", &key, pair, detail))?)
}

/// An event about one pair of a key, and not about the other.
fn about_pair(action: &'static str, key: &ApiKey, pair: &KeyPair, detail: Value) -> AuditEntry {
    let entry = AuditEntry::new(action, key.id, Some(key.space), detail);
    entry.about_each(key.owner.user()).about(pair.public_id)
}

fn pair_of(key: &ApiKey, public_id: PublicId) -> Result<&KeyPair, Error> {
    key.pair(public_id).ok_or_else(|| Error::NotFound { what: "pair of this key", given: public_id.to_string() })
}
