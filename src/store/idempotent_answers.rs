//! Answers to creations that may be asked for again (KM-19). They hold no secret.

use std::time::Duration;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    error::Error,
    schema::idempotent_answers,
    transaction::{Change, Reads, Upkeep},
};
use crate::domain::time::Timestamp;

/// How long an answer counts (ruling 33).
pub const KEPT: Duration = Duration::from_hours(24);

/// What was answered to a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentAnswer {
    /// Keyed hash of the request.
    pub request_hash: Vec<u8>,
    /// The answer as JSON.
    pub answer: String,
}

/// What was answered when `caller` sent this key since `since`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn find(tx: &mut impl Reads, caller: &str, key: &str, since: Timestamp) -> Result<Option<IdempotentAnswer>, Error> {
    let found = idempotent_answers::table
        .find((caller, key))
        .filter(idempotent_answers::created_at.gt(since.as_micros()))
        .select((idempotent_answers::request_hash, idempotent_answers::answer))
        .first::<(Vec<u8>, String)>(tx.db())
        .optional()?;
    Ok(found.map(|(request_hash, answer)| IdempotentAnswer { request_hash, answer }))
}

/// Remembers an answer, in the change that made what it tells of, in place of an older one to the same key.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert(change: &mut Change<'_>, caller: &str, key: &str, answer: &IdempotentAnswer) -> Result<(), Error> {
    delete(idempotent_answers::table.find((caller, key))).execute(change.db)?;
    insert_into(idempotent_answers::table)
        .values((
            idempotent_answers::caller.eq(caller),
            idempotent_answers::idempotency_key.eq(key),
            idempotent_answers::request_hash.eq(&answer.request_hash),
            idempotent_answers::answer.eq(&answer.answer),
            idempotent_answers::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    Ok(())
}

/// Forgets answers that were given before `before`. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_old(upkeep: &mut Upkeep<'_>, before: Timestamp) -> Result<usize, Error> {
    let old = idempotent_answers::table.filter(idempotent_answers::created_at.lt(before.as_micros()));
    Ok(delete(old).execute(upkeep.db)?)
}
