//! Access tokens that were revoked by themselves, until they would have expired anyway.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    change_log::raise_clock_high_water,
    error::Error,
    schema::revoked_tokens,
    transaction::{Change, Reads, Upkeep},
    types::DbId,
};
use crate::domain::{change::Subject, ids::TokenId, time::Timestamp};

/// A revoked token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedToken {
    /// Its `jti`.
    pub id: TokenId,
    /// Its `exp`: until then it must be remembered.
    pub expires_at: Timestamp,
}

/// All that are still to be remembered.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<RevokedToken>, Error> {
    let rows = revoked_tokens::table.load::<(DbId, i64)>(tx.db())?;
    Ok(rows.into_iter().map(read).collect())
}

/// Those of `ids` that are still to be remembered.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn among(tx: &mut impl Reads, ids: &[TokenId]) -> Result<Vec<RevokedToken>, Error> {
    let ids: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = revoked_tokens::table.filter(revoked_tokens::id.eq_any(ids)).load::<(DbId, i64)>(tx.db())?;
    Ok(rows.into_iter().map(read).collect())
}

fn read((id, expires_at): (DbId, i64)) -> RevokedToken {
    RevokedToken { id: id.to(), expires_at: Timestamp::from_micros(expires_at) }
}

/// Revokes a token. Answers whether it was not revoked before.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert(change: &mut Change<'_>, token: RevokedToken) -> Result<bool, Error> {
    let known = revoked_tokens::table.find(DbId::from(token.id)).select(revoked_tokens::id);
    if known.first::<DbId>(change.db).optional()?.is_some() {
        return Ok(false);
    }
    insert_into(revoked_tokens::table)
        .values((
            revoked_tokens::id.eq(DbId::from(token.id)),
            revoked_tokens::expires_at.eq(token.expires_at.as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Token(token.id))?;
    Ok(true)
}

/// Forgets tokens that expired before `before`, and leaves the time behind so that they stay expired. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_expired(upkeep: &mut Upkeep<'_>, before: Timestamp) -> Result<usize, Error> {
    raise_clock_high_water(upkeep.db, upkeep.now())?;
    let expired = revoked_tokens::table.filter(revoked_tokens::expires_at.lt(before.as_micros()));
    Ok(delete(expired).execute(upkeep.db)?)
}
