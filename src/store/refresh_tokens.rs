//! Refresh tokens: each use takes the token and leaves its successor, by a guarded update.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, insert_into, update};

use super::{
    batches::delete_some,
    error::Error,
    row::{self, SecretColumns},
    schema::{families, refresh_tokens},
    transaction::{Reads, Redemption, Upkeep, Writes},
    types::DbId,
};
use crate::domain::{
    ids::{FamilyId, RefreshTokenId},
    key_pair::{KeptSecret, PublicId},
    time::Timestamp,
};

/// A refresh token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRefreshToken {
    /// Identifier.
    pub id: RefreshTokenId,
    /// What is kept of the token.
    pub secret: KeptSecret,
    /// The authorization that it belongs to.
    pub family: FamilyId,
    /// When it stops working if it is not used.
    pub expires_at: Timestamp,
}

/// What became of a token that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// When.
    pub at: Timestamp,
    /// Its successor, sealed so that only the holder of the token itself can open it (ruling 10).
    pub successor: Vec<u8>,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    secret: SecretColumns,
    family: DbId,
    expires_at: i64,
}

/// The token with this public part.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KeptRefreshToken>, Error> {
    use refresh_tokens as t;
    let columns = (t::id, (t::public_id, t::pepper_id, t::secret_hash), t::family_id, t::expires_at);
    let found =
        t::table.filter(t::public_id.eq(public_id.as_str())).select(columns).first::<Row>(tx.db()).optional()?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(KeptRefreshToken {
        id: row.id.to(),
        secret: row::secret("refresh_tokens", row.secret)?,
        family: row.family.to(),
        expires_at: Timestamp::from_micros(row.expires_at),
    }))
}

/// Keeps a new token.
///
/// # Errors
/// [`Error::Refused`] if its family is gone.
pub fn insert(redemption: &mut Redemption<'_>, token: &KeptRefreshToken) -> Result<(), Error> {
    use refresh_tokens as t;
    let now = redemption.now().as_micros();
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(token.id)),
            t::public_id.eq(token.secret.public_id.as_str()),
            t::pepper_id.eq(DbId::from(token.secret.hash.pepper)),
            t::secret_hash.eq(token.secret.hash.hash.as_slice()),
            t::family_id.eq(DbId::from(token.family)),
            t::created_at.eq(now),
            t::expires_at.eq(token.expires_at.as_micros()),
        ))
        .execute(redemption.db)?;
    Ok(())
}

/// Takes the token and leaves its sealed successor. One caller alone hears that it did, on however many nodes.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(redemption: &mut Redemption<'_>, id: RefreshTokenId, successor: &[u8]) -> Result<bool, Error> {
    use refresh_tokens as t;
    let now = redemption.now().as_micros();
    let untaken = t::table.find(DbId::from(id)).filter(t::rotated_at.is_null());
    Ok(update(untaken).set((t::rotated_at.eq(now), t::successor.eq(successor))).execute(redemption.db)? == 1)
}

/// What became of a token that somebody else took; none if it is gone.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn rotated(redemption: &mut Redemption<'_>, id: RefreshTokenId) -> Result<Option<Rotated>, Error> {
    use refresh_tokens as t;
    let row = t::table.find(DbId::from(id)).select((t::rotated_at, t::successor));
    let found = row.first::<(Option<i64>, Option<Vec<u8>>)>(redemption.db).optional()?;
    Ok(found.and_then(|(at, successor)| Some(Rotated { at: Timestamp::from_micros(at?), successor: successor? })))
}

/// Forgets tokens of authorizations that have expired, at most so many. As long as the authorization lasts, each of its tokens
/// is kept, so that it is known when it comes back. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_of_expired_families(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let expired = families::table.filter(families::expires_at.le(upkeep.now().as_micros())).select(families::id);
    delete_some!(upkeep, refresh_tokens.id: DbId where refresh_tokens::family_id.eq_any(expired), at most most)
}
