//! API keys. Their roles stand in [`super::api_key_roles`], their pairs in [`super::key_pairs`], lists of them in
//! [`super::key_lists`].

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, delete, insert_into, update};

use super::{
    api_key_networks, api_key_roles,
    error::Error,
    imported_clients, key_pairs, row,
    schema::api_keys,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    api_key::{ApiKey, ApiKeyProfile, Owner},
    change::Subject,
    ids::{ApiKeyId, SpaceId, UserId},
    name::{Description, Name},
    sequence::Seq,
    text_enum::TextEnum,
    time::Timestamp,
};

pub use super::key_lists::{KeyFilter, KeyOrder, OwnerLogin, page};

/// A row of the table, in the order of its columns.
#[derive(Queryable)]
struct Row {
    space_id: DbId,
    id: DbId,
    owner_user_id: Option<DbId>,
    user_roles: Option<String>,
    name: String,
    description: String,
    mode: String,
    status: String,
    internal: Option<String>,
    cut_off: i64,
    _created_at: i64,
    status_reason: Option<String>,
    _created_by: String,
    _row_level_acknowledged: bool,
    _last_used_at: Option<i64>,
    writes_since: i64,
    inherits_since: i64,
    _moved_to: Option<DbId>,
    _moved_from: Option<DbId>,
}

/// What decisions need to know of the key with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: ApiKeyId) -> Result<Option<ApiKey>, Error> {
    Ok(find_many(tx, &[id])?.pop())
}

/// Those of `ids` that are there, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = api_keys::table.filter(api_keys::id.eq_any(wanted)).order(api_keys::id).load::<Row>(tx.db())?;
    let mut roles = api_key_roles::of_keys(tx, ids)?;
    let mut pairs = key_pairs::of_api_keys(tx, ids)?;
    let mut networks = api_key_networks::of_keys(tx, ids)?;
    rows.into_iter()
        .map(|row| {
            let id: ApiKeyId = row.id.to();
            let owner = match (row.owner_user_id, row.user_roles) {
                (Some(user), Some(word)) => {
                    Owner::User { id: user.to::<UserId>(), roles: row::word("api_keys", "user_roles", &word)? }
                }
                _ => Owner::Space,
            };
            let reason = row.status_reason.map(|word| row::word("api_keys", "status_reason", &word));
            Ok(ApiKey {
                id,
                space: row.space_id.to(),
                owner,
                name: row::parsed("api_keys", "name", &row.name, Name::parse)?,
                description: row::parsed("api_keys", "description", &row.description, Description::parse)?,
                mode: row::word("api_keys", "mode", &row.mode)?,
                status: row::word("api_keys", "status", &row.status)?,
                status_reason: reason.transpose()?,
                internal: row.internal.map(|word| row::word("api_keys", "internal", &word)).transpose()?,
                cut_off: Seq::new(row.cut_off),
                writes_since: Seq::new(row.writes_since),
                inherits_since: Seq::new(row.inherits_since),
                roles: roles.remove(&id).unwrap_or_default(),
                pairs: pairs.remove(&id).unwrap_or_default(),
                allowed_networks: networks.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

/// Ids of the keys of a space, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn ids_of_space(tx: &mut impl Reads, space: SpaceId) -> Result<Vec<ApiKeyId>, Error> {
    let of_space = api_keys::table.filter(api_keys::space_id.eq(DbId::from(space)));
    let ids = of_space.order(api_keys::id).select(api_keys::id).load::<DbId>(tx.db())?;
    Ok(ids.into_iter().map(DbId::to).collect())
}

/// Ids of the keys that a user owns, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn ids_of_owner(tx: &mut impl Reads, owner: UserId) -> Result<Vec<ApiKeyId>, Error> {
    let of_owner = api_keys::table.filter(api_keys::owner_user_id.eq(DbId::from(owner)));
    let ids = of_owner.order(api_keys::id).select(api_keys::id).load::<DbId>(tx.db())?;
    Ok(ids.into_iter().map(DbId::to).collect())
}

/// How many keys of people a space has: those that its switch stops.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count_ordinary(tx: &mut impl Reads, space: SpaceId) -> Result<i64, Error> {
    let of_space = api_keys::table.filter(api_keys::space_id.eq(DbId::from(space)));
    Ok(of_space.filter(api_keys::internal.is_null()).count().get_result(tx.db())?)
}

type ProfileRow = (DbId, i64, String, bool, Option<i64>, Option<DbId>, Option<DbId>);

/// What people see of these keys, beside what decisions read.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn profiles(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, ApiKeyProfile>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = api_keys::table
        .filter(api_keys::id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((
            api_keys::id,
            api_keys::created_at,
            api_keys::created_by,
            api_keys::row_level_acknowledged,
            api_keys::last_used_at,
            api_keys::moved_to,
            api_keys::moved_from,
        ))
        .load::<ProfileRow>(tx.db())?;
    let read = |row: ProfileRow| {
        let (id, created_at, created_by, row_level_acknowledged, last_used_at, moved_to, moved_from) = row;
        let profile = ApiKeyProfile {
            created_at: Timestamp::from_micros(created_at),
            created_by,
            row_level_acknowledged,
            last_used_at: last_used_at.map(Timestamp::from_micros),
            moved_to: moved_to.map(DbId::to),
            moved_from: moved_from.map(DbId::to),
        };
        (id.to(), profile)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Makes a key, without roles and pairs. `created_by` is the text form of whoever made it.
///
/// # Errors
/// [`Error::Duplicate`], [`Error::Refused`].
pub fn insert(change: &mut Change<'_>, key: &ApiKey, created_by: &str) -> Result<(), Error> {
    let (owner, user_roles) = match key.owner {
        Owner::Space => (None, None),
        Owner::User { id, roles } => (Some(DbId::from(id)), Some(roles.as_str())),
    };
    insert_into(api_keys::table)
        .values((
            api_keys::space_id.eq(DbId::from(key.space)),
            api_keys::id.eq(DbId::from(key.id)),
            api_keys::owner_user_id.eq(owner),
            api_keys::user_roles.eq(user_roles),
            api_keys::name.eq(key.name.as_str()),
            api_keys::description.eq(key.description.as_str()),
            api_keys::mode.eq(key.mode.as_str()),
            api_keys::status.eq(key.status.as_str()),
            api_keys::internal.eq(key.internal.map(TextEnum::as_str)),
            api_keys::cut_off.eq(key.cut_off.get()),
            api_keys::writes_since.eq(key.writes_since.get()),
            api_keys::inherits_since.eq(key.inherits_since.get()),
            api_keys::created_at.eq(change.now().as_micros()),
            api_keys::created_by.eq(created_by),
        ))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(key.id))
}

/// Writes everything of a key that may change, apart from roles and pairs: changes run one by one, so what was read is what
/// is there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, key: &ApiKey) -> Result<(), Error> {
    let user_roles = match key.owner {
        Owner::Space => None,
        Owner::User { roles, .. } => Some(roles.as_str()),
    };
    update(api_keys::table.find(DbId::from(key.id)))
        .set((
            api_keys::user_roles.eq(user_roles),
            api_keys::name.eq(key.name.as_str()),
            api_keys::description.eq(key.description.as_str()),
            api_keys::mode.eq(key.mode.as_str()),
            api_keys::status.eq(key.status.as_str()),
            api_keys::status_reason.eq(key.status_reason.map(TextEnum::as_str)),
            api_keys::cut_off.eq(key.cut_off.get()),
            api_keys::writes_since.eq(key.writes_since.get()),
            api_keys::inherits_since.eq(key.inherits_since.get()),
        ))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(key.id))
}

/// Notes that somebody has read that row-level restrictions do not apply to keys (L115).
///
/// # Errors
/// [`Error::Unavailable`].
pub fn acknowledge_row_level(change: &mut Change<'_>, id: ApiKeyId) -> Result<(), Error> {
    update(api_keys::table.find(DbId::from(id))).set(api_keys::row_level_acknowledged.eq(true)).execute(change.db)?;
    change.touch(Subject::ApiKey(id))
}

/// Notes that a key has taken the place of another one.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_move(change: &mut Change<'_>, from: ApiKeyId, to: ApiKeyId) -> Result<(), Error> {
    update(api_keys::table.find(DbId::from(from))).set(api_keys::moved_to.eq(DbId::from(to))).execute(change.db)?;
    update(api_keys::table.find(DbId::from(to))).set(api_keys::moved_from.eq(DbId::from(from))).execute(change.db)?;
    change.touch(Subject::ApiKey(from))?;
    change.touch(Subject::ApiKey(to))
}

/// Deletes a key with its roles and pairs. Its id is never given again.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, key: &ApiKey) -> Result<(), Error> {
    for pair in &key.pairs {
        change.touch(Subject::Pair(pair.public_id))?;
    }
    imported_clients::touch_of_key(change, key.id)?;
    delete(api_keys::table.find(DbId::from(key.id))).execute(change.db)?;
    change.touch(Subject::ApiKey(key.id))
}
