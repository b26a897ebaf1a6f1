//! Credentials of API keys, resource servers and applications. Two slots for each client: the database itself refuses a third pair.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{application_pairs, key_pairs, resource_server_pairs},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{ApiKeyId, ApplicationId, KeyPairId, ResourceServerId, SpaceId},
    key_pair::{KeyPair, PublicId, SecretHash, Slot},
    time::Timestamp,
};

/// Which client a public id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairOwner {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A resource server.
    ResourceServer(ResourceServerId),
    /// An application.
    Application(ApplicationId),
}

impl PairOwner {
    /// The application, if it is one.
    #[must_use]
    pub const fn application(self) -> Option<ApplicationId> {
        match self {
            Self::Application(id) => Some(id),
            Self::ApiKey(_) | Self::ResourceServer(_) => None,
        }
    }
}

type Row = (DbId, i64, String, DbId, Vec<u8>, String, i64, Option<i64>);

/// The pairs of a key, in the order of their slots.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_api_key(tx: &mut impl Reads, id: ApiKeyId) -> Result<Vec<KeyPair>, Error> {
    Ok(of_api_keys(tx, &[id])?.remove(&id).unwrap_or_default())
}

/// The pairs of these keys, in the order of their slots; keys without pairs are left out.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_api_keys(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Vec<KeyPair>>, Error> {
    use key_pairs as t;
    let rows = t::table
        .filter(t::api_key_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((
            t::api_key_id,
            (t::id, t::slot, t::public_id, t::pepper_id, t::secret_hash, t::hint, t::created_at, t::expires_at),
        ))
        .order((t::api_key_id, t::slot))
        .load::<(DbId, Row)>(tx.db())?;
    let mut of_key: HashMap<ApiKeyId, Vec<KeyPair>> = HashMap::new();
    for (key, row) in rows {
        of_key.entry(key.to()).or_default().push(read("key_pairs", row)?);
    }
    Ok(of_key)
}

/// The pairs of a resource server, in the order of their slots.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_resource_server(tx: &mut impl Reads, id: ResourceServerId) -> Result<Vec<KeyPair>, Error> {
    use resource_server_pairs as t;
    let rows = t::table
        .filter(t::resource_server_id.eq(DbId::from(id)))
        .select((t::id, t::slot, t::public_id, t::pepper_id, t::secret_hash, t::hint, t::created_at, t::expires_at))
        .order(t::slot)
        .load::<Row>(tx.db())?;
    rows.into_iter().map(|row| read("resource_server_pairs", row)).collect()
}

/// The pairs of these applications, in the order of their slots; applications without pairs are left out.
pub(super) fn of_applications(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Vec<KeyPair>>, Error> {
    use application_pairs as t;
    let rows = t::table
        .filter(t::application_id.eq_any(ids))
        .select((
            t::application_id,
            (t::id, t::slot, t::public_id, t::pepper_id, t::secret_hash, t::hint, t::created_at, t::expires_at),
        ))
        .order((t::application_id, t::slot))
        .load::<(DbId, Row)>(tx.db())?;
    let mut pairs: HashMap<DbId, Vec<KeyPair>> = HashMap::new();
    for (id, row) in rows {
        pairs.entry(id).or_default().push(read("application_pairs", row)?);
    }
    Ok(pairs)
}

/// The client that a public id belongs to.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn find_owner(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<PairOwner>, Error> {
    let of_key = key_pairs::table
        .filter(key_pairs::public_id.eq(public_id.as_str()))
        .select(key_pairs::api_key_id)
        .first::<DbId>(tx.db())
        .optional()?;
    if let Some(id) = of_key {
        return Ok(Some(PairOwner::ApiKey(id.to())));
    }
    let of_server = resource_server_pairs::table
        .filter(resource_server_pairs::public_id.eq(public_id.as_str()))
        .select(resource_server_pairs::resource_server_id)
        .first::<DbId>(tx.db())
        .optional()?;
    if let Some(id) = of_server {
        return Ok(Some(PairOwner::ResourceServer(id.to())));
    }
    let of_application = application_pairs::table
        .filter(application_pairs::public_id.eq(public_id.as_str()))
        .select(application_pairs::application_id)
        .first::<DbId>(tx.db())
        .optional()?;
    Ok(of_application.map(|id| PairOwner::Application(id.to())))
}

fn read(table: &'static str, row: Row) -> Result<KeyPair, Error> {
    let (id, slot, public_id, pepper, hash, hint, created_at, expires_at) = row;
    let slot = match slot {
        1 => Slot::First,
        2 => Slot::Second,
        other => return Err(Error::corrupt(table, "slot", other.to_string())),
    };
    let hash = hash.try_into().map_err(|_| Error::corrupt(table, "secret_hash", "not 32 bytes"))?;
    Ok(KeyPair {
        id: id.to(),
        slot,
        public_id: row::parsed(table, "public_id", &public_id, str::parse)?,
        secret: SecretHash { pepper: pepper.to(), hash },
        hint,
        created_at: Timestamp::from_micros(created_at),
        expires_at: expires_at.map(Timestamp::from_micros),
    })
}

pub(super) const fn slot_number(slot: Slot) -> i64 {
    match slot {
        Slot::First => 1,
        Slot::Second => 2,
    }
}

/// Adds a pair to a key.
///
/// # Errors
/// [`Error::Duplicate`] if the slot is taken.
pub fn insert_for_api_key(change: &mut Change<'_>, space: SpaceId, id: ApiKeyId, pair: &KeyPair) -> Result<(), Error> {
    use key_pairs as t;
    insert_into(t::table)
        .values((
            t::space_id.eq(DbId::from(space)),
            t::id.eq(DbId::from(pair.id)),
            t::api_key_id.eq(DbId::from(id)),
            t::slot.eq(slot_number(pair.slot)),
            t::public_id.eq(pair.public_id.as_str()),
            t::pepper_id.eq(DbId::from(pair.secret.pepper)),
            t::secret_hash.eq(pair.secret.hash.as_slice()),
            t::hint.eq(&pair.hint),
            t::created_at.eq(pair.created_at.as_micros()),
            t::expires_at.eq(pair.expires_at.map(Timestamp::as_micros)),
        ))
        .execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::ApiKey(id))
}

/// Adds a pair to a resource server.
///
/// # Errors
/// [`Error::Duplicate`] if the slot is taken.
pub fn insert_for_resource_server(change: &mut Change<'_>, id: ResourceServerId, pair: &KeyPair) -> Result<(), Error> {
    use resource_server_pairs as t;
    insert_into(t::table)
        .values((
            t::resource_server_id.eq(DbId::from(id)),
            t::id.eq(DbId::from(pair.id)),
            t::slot.eq(slot_number(pair.slot)),
            t::public_id.eq(pair.public_id.as_str()),
            t::pepper_id.eq(DbId::from(pair.secret.pepper)),
            t::secret_hash.eq(pair.secret.hash.as_slice()),
            t::hint.eq(&pair.hint),
            t::created_at.eq(pair.created_at.as_micros()),
            t::expires_at.eq(pair.expires_at.map(Timestamp::as_micros)),
        ))
        .execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::ResourceServer(id))
}

/// Destroys all pairs of a key.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_all_of_api_key(change: &mut Change<'_>, id: ApiKeyId) -> Result<(), Error> {
    for pair in of_api_key(change, id)? {
        change.touch(Subject::Pair(pair.public_id))?;
    }
    delete(key_pairs::table.filter(key_pairs::api_key_id.eq(DbId::from(id)))).execute(change.db)?;
    change.touch(Subject::ApiKey(id))
}

/// Destroys one pair of a key; its tokens die with it, those of the other pair live on.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_of_api_key(change: &mut Change<'_>, id: ApiKeyId, pair: &KeyPair) -> Result<(), Error> {
    let of_key = key_pairs::table.filter(key_pairs::api_key_id.eq(DbId::from(id)));
    delete(of_key.filter(key_pairs::id.eq(DbId::from(pair.id)))).execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::ApiKey(id))
}

/// Moves the end of a pair, as long as it lies in the future: an expired pair never comes back. Answers whether it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn set_expiry(
    change: &mut Change<'_>,
    key: ApiKeyId,
    pair: KeyPairId,
    end: Option<Timestamp>,
) -> Result<bool, Error> {
    use diesel::BoolExpressionMethods;
    let alive = key_pairs::expires_at.is_null().or(key_pairs::expires_at.gt(change.now().as_micros()));
    let of_key = key_pairs::table.filter(key_pairs::id.eq(DbId::from(pair)));
    let rows = update(of_key.filter(key_pairs::api_key_id.eq(DbId::from(key))).filter(alive))
        .set(key_pairs::expires_at.eq(end.map(Timestamp::as_micros)))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(key))?;
    Ok(rows == 1)
}

/// Destroys one pair of a resource server.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_of_resource_server(change: &mut Change<'_>, id: ResourceServerId, pair: &KeyPair) -> Result<(), Error> {
    delete(resource_server_pairs::table.find(DbId::from(pair.id))).execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::ResourceServer(id))
}
