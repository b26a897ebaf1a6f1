//! API keys. Their roles stand in [`super::api_key_roles`], their pairs in [`super::key_pairs`].

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into, update};

use super::{
    api_key_roles,
    error::Error,
    key_pairs, row,
    schema::api_keys,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    api_key::{ApiKey, KeyStatus, Mode, Owner},
    change::Subject,
    ids::{ApiKeyId, SpaceId, UserId},
    name::{Description, Name},
    sequence::Seq,
    text_enum::TextEnum,
};

type Row = (
    DbId,
    DbId,
    Option<DbId>,
    Option<String>,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
    i64,
    Option<String>,
    String,
    bool,
    Option<i64>,
);

/// What decisions need to know of the key with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: ApiKeyId) -> Result<Option<ApiKey>, Error> {
    let found = api_keys::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?;
    found.map(|row| read(tx, row)).transpose()
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

fn read(tx: &mut impl Reads, row: Row) -> Result<ApiKey, Error> {
    let (space, id, owner, user_roles, name, description, mode, status, internal, cut_off, ..) = row;
    let id: ApiKeyId = id.to();
    let owner = match (owner, user_roles) {
        (Some(user), Some(word)) => {
            Owner::User { id: user.to::<UserId>(), roles: row::word("api_keys", "user_roles", &word)? }
        }
        _ => Owner::Space,
    };
    Ok(ApiKey {
        id,
        space: space.to(),
        owner,
        name: row::parsed("api_keys", "name", &name, Name::parse)?,
        description: row::parsed("api_keys", "description", &description, Description::parse)?,
        mode: row::word("api_keys", "mode", &mode)?,
        status: row::word("api_keys", "status", &status)?,
        internal: internal.map(|word| row::word("api_keys", "internal", &word)).transpose()?,
        cut_off: Seq::new(cut_off),
        roles: api_key_roles::of_key(tx, id)?,
        pairs: key_pairs::of_api_key(tx, id)?,
    })
}

/// Makes a key, without roles and pairs.
///
/// # Errors
/// [`Error::Duplicate`], [`Error::Refused`].
pub fn insert(change: &mut Change<'_>, key: &ApiKey) -> Result<(), Error> {
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
            api_keys::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(key.id))
}

/// Moves a key from one status to another, and cuts its tokens off at this change. Answers whether it stood in `from`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn cut_off(change: &mut Change<'_>, id: ApiKeyId, from: KeyStatus, to: KeyStatus) -> Result<bool, Error> {
    let in_from = api_keys::table.find(DbId::from(id)).filter(api_keys::status.eq(from.as_str()));
    let rows = update(in_from)
        .set((api_keys::status.eq(to.as_str()), api_keys::cut_off.eq(change.seq().get())))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(id))?;
    Ok(rows == 1)
}

/// Switches a disabled key on again; its cut-off stays, so its old tokens stay dead. Answers whether it was disabled.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn enable(change: &mut Change<'_>, id: ApiKeyId) -> Result<bool, Error> {
    let disabled = api_keys::table.find(DbId::from(id)).filter(api_keys::status.eq(KeyStatus::Disabled.as_str()));
    let rows = update(disabled).set(api_keys::status.eq(KeyStatus::Active.as_str())).execute(change.db)?;
    change.touch(Subject::ApiKey(id))?;
    Ok(rows == 1)
}

/// Sets the mask over the key's roles.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn set_mode(change: &mut Change<'_>, id: ApiKeyId, mode: Mode) -> Result<(), Error> {
    update(api_keys::table.find(DbId::from(id))).set(api_keys::mode.eq(mode.as_str())).execute(change.db)?;
    change.touch(Subject::ApiKey(id))
}
