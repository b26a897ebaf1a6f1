//! What keys brought along from other systems: the ids that their clients present, and hashes of secrets that were not
//! generated here. An id lives as long as its key; a hash as long as its pair, which is a pair like any other.

use std::collections::HashMap;

use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, dsl::max, insert_into};

use super::{
    error::Error,
    row,
    schema::{imported_clients, imported_secrets, key_pairs},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::{
    crypto::password::PasswordHash,
    domain::{
        change::Subject,
        ids::{ApiKeyId, SpaceId},
        imported_client::ImportedClientId,
        key_pair::{KeyPair, PublicId},
    },
};

/// The key that an imported id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedClient(pub ApiKeyId);

/// What is kept of the secret of a pair that was brought along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedSecretHash(pub PasswordHash);

/// The key that this id belongs to.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn find(tx: &mut impl Reads, id: &ImportedClientId) -> Result<Option<ImportedClient>, Error> {
    let found = imported_clients::table.find(id.as_str()).select(imported_clients::api_key_id);
    Ok(found.first::<DbId>(tx.db()).optional()?.map(|key| ImportedClient(key.to())))
}

/// What is kept of the secret of this pair; none if it was generated here.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_secret(tx: &mut impl Reads, pair: PublicId) -> Result<Option<ImportedSecretHash>, Error> {
    let text = imported_secrets::table
        .inner_join(key_pairs::table.on(key_pairs::id.eq(imported_secrets::pair_id)))
        .filter(key_pairs::public_id.eq(pair.as_str()))
        .select(imported_secrets::password_hash)
        .first::<String>(tx.db())
        .optional()?;
    let read = |text: String| match PasswordHash::parse(&text) {
        Ok(hash) => Ok(ImportedSecretHash(hash)),
        Err(_) => Err(Error::corrupt("imported_secrets", "password_hash", "no hash that can be checked")),
    };
    text.map(read).transpose()
}

/// Whether any key was brought along. The end of an index tells it, however many there are.
pub(super) fn exist(tx: &mut impl Reads) -> Result<bool, Error> {
    let last = imported_clients::table.select(max(imported_clients::client_id)).first::<Option<String>>(tx.db())?;
    Ok(last.is_some())
}

/// What a key brought along, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The id that its clients may present.
    pub client_id: ImportedClientId,
    /// The pair whose secret was not generated here, while it is there.
    pub pair: Option<PublicId>,
}

/// What these keys brought along; keys that were made here are left out.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_keys(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Brought>, Error> {
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let clients = imported_clients::table
        .filter(imported_clients::api_key_id.eq_any(wanted.clone()))
        .select((imported_clients::api_key_id, imported_clients::client_id))
        .load::<(DbId, String)>(tx.db())?;
    if clients.is_empty() {
        return Ok(HashMap::new());
    }
    let pairs: HashMap<DbId, String> = imported_secrets::table
        .inner_join(key_pairs::table.on(key_pairs::id.eq(imported_secrets::pair_id)))
        .filter(key_pairs::api_key_id.eq_any(wanted))
        .select((key_pairs::api_key_id, key_pairs::public_id))
        .load::<(DbId, String)>(tx.db())?
        .into_iter()
        .collect();
    let read = |(key, client_id): (DbId, String)| {
        let pair = pairs.get(&key).map(|pair| row::parsed("key_pairs", "public_id", pair, str::parse)).transpose()?;
        let client_id = row::parsed("imported_clients", "client_id", &client_id, str::parse)?;
        Ok((key.to(), Brought { client_id, pair }))
    };
    clients.into_iter().map(read).collect()
}

/// Lets clients present a key by this id.
///
/// # Errors
/// [`Error::Duplicate`] if it belongs to a key already.
pub fn insert(change: &mut Change<'_>, space: SpaceId, key: ApiKeyId, id: &ImportedClientId) -> Result<(), Error> {
    use imported_clients as t;
    if !exist(change)? {
        change.touch(Subject::Site)?;
    }
    insert_into(t::table)
        .values((t::client_id.eq(id.as_str()), t::space_id.eq(DbId::from(space)), t::api_key_id.eq(DbId::from(key))))
        .execute(change.db)?;
    change.touch(Subject::ImportedClient(id.fingerprint()))
}

/// Lets a secret open this pair of which nothing but the hash is known.
///
/// # Errors
/// [`Error::Duplicate`] if it has one already.
pub fn insert_secret(change: &mut Change<'_>, pair: &KeyPair, hash: &PasswordHash) -> Result<(), Error> {
    use imported_secrets as t;
    insert_into(t::table)
        .values((t::pair_id.eq(DbId::from(pair.id)), t::password_hash.eq(hash.as_str())))
        .execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))
}

/// Notes that the key goes, and with it the id that it brought along.
pub(super) fn touch_of_key(change: &mut Change<'_>, key: ApiKeyId) -> Result<(), Error> {
    let brought = of_keys(change, &[key])?.remove(&key);
    brought.map_or(Ok(()), |brought| change.touch(Subject::ImportedClient(brought.client_id.fingerprint())))
}
