//! API keys that are brought along from another system, with the id and the secret that their clients have there.

use serde_json::json;
use zeroize::Zeroizing;

use super::{
    create::{CreateApiKey, NewKey, without_pair},
    event, require_keys_manage,
};
use crate::{
    crypto::{
        imported_secret::{ImportedSecret, accept_hash},
        password::PasswordHash,
        secret_text::SecretKind,
    },
    domain::{
        audit_detail,
        authority::Authority,
        ids::{ApiKeyId, SpaceId},
        imported_client::ImportedClientId,
        key_pair::{KeyPair, PublicId, Slot},
    },
    manage::{Deps, Error, audit, credentials, error::taken, find},
    store::{self, Change, transaction::Reads},
};

/// A key to be imported.
#[derive(Debug, Clone)]
pub struct ImportApiKey {
    /// All that a key which is made here would have.
    pub key: CreateApiKey,
    /// The id that its clients present.
    pub client_id: ImportedClientId,
    /// What is kept of their secret.
    pub hash: PasswordHash,
}

/// A key that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedApiKey {
    /// Its id here, which tokens carry.
    pub id: ApiKeyId,
    /// Public half of the pair that stands for the secret, by which it can be moved to another end or deleted.
    pub pair: PublicId,
}

/// What somebody brings along to be kept of a secret.
#[derive(Debug)]
pub enum SecretToKeep {
    /// The secret, which has yet to be hashed.
    Plain(ImportedSecret),
    /// A hash that the other system made.
    Hash(PasswordHash),
}

impl SecretToKeep {
    /// Exactly one of the two.
    ///
    /// # Errors
    /// `secret_required`, `unacceptable_secret`, `hash_malformed`, `hash_algorithm`, `hash_version`, `hash_too_costly`,
    /// `hash_too_weak`.
    pub fn read(secret: Option<Zeroizing<String>>, hash: Option<&str>) -> Result<Self, Error> {
        match (secret, hash) {
            (Some(secret), None) => Ok(Self::Plain(ImportedSecret::parse(secret)?)),
            (None, Some(hash)) => Ok(Self::Hash(accept_hash(hash)?)),
            _ => Err(Error::SecretRequired),
        }
    }
}

/// Refuses whoever may not import keys into the space. It is asked before a secret is hashed, which costs more than a refusal
/// may, and again by [`import`] in the same transaction as the rest.
///
/// # Errors
/// `not_found`, `missing_permission`, `user_key_cannot_manage_keys`.
pub fn require_import(tx: &mut impl Reads, authority: &Authority, space: SpaceId) -> Result<(), Error> {
    find::space(tx, authority, space)?;
    require_keys_manage(authority, space)
}

/// Makes an active key of which another system knows id and secret. They are its first pair, and whoever presents them gets
/// tokens of the key that is here.
///
/// # Errors
/// `client_id_taken`, and those of [`super::create`], of which the user in person may not import a key either.
pub fn import(
    change: &mut Change<'_>,
    deps: &Deps,
    authority: &Authority,
    input: ImportApiKey,
) -> Result<ImportedApiKey, Error> {
    let ImportApiKey { key, client_id, hash } = input;
    require_import(change, authority, key.space)?;
    if store::imported_clients::find(change, &client_id)?.is_some() {
        return Err(Error::ClientIdTaken(client_id));
    }
    let NewKey { key, expires_at, detail, workspaces } = without_pair(change, authority, key)?;
    let inserted = store::imported_clients::insert(change, key.space, key.id, &client_id);
    taken(inserted, || Error::ClientIdTaken(client_id.clone()))?;
    // The generated secret of the pair is thrown away: nobody ever has it.
    let (pair, _) = credentials::make(change, deps, SecretKind::ApiKey, Slot::First, expires_at)?;
    let pair = KeyPair { hint: String::new(), ..pair };
    store::key_pairs::insert_for_api_key(change, key.space, key.id, &pair)?;
    store::imported_clients::insert_secret(change, &pair, &hash)?;
    let detail = audit_detail::with(detail, "pair", json!(pair.public_id));
    let detail = audit_detail::with(detail, "imported_client_id", json!(client_id));
    let entry = event("api_key.import", &key, detail).about(pair.public_id).in_workspaces(&workspaces);
    audit::write_entry(change, authority, &entry)?;
    Ok(ImportedApiKey { id: key.id, pair: pair.public_id })
}

/// The key of this space that was imported under this id, for imports that are repeated.
///
/// # Errors
/// `not_found`, `missing_permission`, `user_key_cannot_manage_keys`, `client_id_taken` if it belongs to a key elsewhere.
pub fn imported_before(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    client_id: &ImportedClientId,
) -> Result<Option<ApiKeyId>, Error> {
    require_import(tx, authority, space)?;
    let Some(store::imported_clients::ImportedClient(id)) = store::imported_clients::find(tx, client_id)? else {
        return Ok(None);
    };
    match store::api_keys::find(tx, id)? {
        Some(key) if key.space == space => Ok(Some(id)),
        _ => Err(Error::ClientIdTaken(client_id.clone())),
    }
}
