//! Families: the tokens of one authorization. That one begins is no change, since nobody can ask for it before its row is
//! there; that one ends is.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, dsl::count_star, insert_into,
};

use super::{
    batches::delete_some,
    db::held,
    error::Error,
    row,
    schema::families,
    transaction::{Change, Reads, Redemption, Upkeep, Writes},
    types::DbId,
};
use crate::domain::{
    audience::Audience,
    change::Subject,
    grant::Family,
    ids::{FamilyId, GrantId},
    sequence::Seq,
    time::Timestamp,
};

#[derive(Queryable)]
struct Row {
    id: DbId,
    grant: DbId,
    session: Option<DbId>,
    scope: String,
    resources: String,
    authenticated_at: i64,
    made_at: i64,
    expires_at: i64,
}

/// The family with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: FamilyId) -> Result<Option<Family>, Error> {
    let found = families::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?;
    found.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<Family, Error> {
    Ok(Family {
        id: row.id.to(),
        grant: row.grant.to(),
        session: row.session.map(DbId::to),
        scopes: row::user_scopes("families", &row.scope)?,
        resources: row::audiences("families", &row.resources)?,
        authenticated_at: Timestamp::from_micros(row.authenticated_at),
        made_at: Seq::new(row.made_at),
        expires_at: Timestamp::from_micros(row.expires_at),
    })
}

/// Keeps a new family.
///
/// # Errors
/// [`Error::Refused`] if its grant is gone.
pub fn insert(tx: &mut impl Writes, family: &Family) -> Result<(), Error> {
    use families as t;
    let resources: Vec<&str> = family.resources.iter().map(Audience::as_str).collect();
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(family.id)),
            t::grant_id.eq(DbId::from(family.grant)),
            t::session_id.eq(family.session.map(DbId::from)),
            t::scope.eq(family.scopes.to_string()),
            t::resources.eq(resources.join(" ")),
            t::authenticated_at.eq(family.authenticated_at.as_micros()),
            t::made_at_seq.eq(family.made_at.get()),
            t::expires_at.eq(family.expires_at.as_micros()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// Keeps a family from being ended until this redemption is over; none if it has ended. Whoever then writes a token of it
/// cannot wait for somebody who ends the family and waits for the token's row.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn hold(redemption: &mut Redemption<'_>, id: FamilyId) -> Result<bool, Error> {
    let row = families::table.find(DbId::from(id)).select(families::id);
    Ok(held!(redemption.db, row))
}

/// Ends a family with all of its tokens. Answers whether it was there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn end(change: &mut Change<'_>, id: FamilyId) -> Result<bool, Error> {
    let rows = delete(families::table.find(DbId::from(id))).execute(change.db)?;
    change.touch(Subject::Family(id))?;
    Ok(rows == 1)
}

/// Forgets families that have expired, at most so many, with what is left of their tokens. It is no change: whoever still has
/// one in memory knows when it expired. A family that somebody [holds](hold) is passed over. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_expired(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let now = upkeep.now().as_micros();
    delete_some!(upkeep, families.id: DbId where families::expires_at.le(now), at most most)
}

/// How many families under each of these grants have not expired; grants without any are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count_living(tx: &mut impl Reads, grants: &[GrantId], now: Timestamp) -> Result<HashMap<GrantId, i64>, Error> {
    let grants: Vec<DbId> = grants.iter().copied().map(DbId::from).collect();
    let counts = families::table
        .filter(families::grant_id.eq_any(grants))
        .filter(families::expires_at.gt(now.as_micros()))
        .group_by(families::grant_id)
        .select((families::grant_id, count_star()))
        .load::<(DbId, i64)>(tx.db())?;
    Ok(counts.into_iter().map(|(grant, count)| (grant.to(), count)).collect())
}
