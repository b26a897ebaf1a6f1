//! Buckets of attempts. All nodes count in the same rows, each of them locked while it is looked at, so that attempts that
//! come at once cannot all see the same empty bucket (P2).

use std::time::Duration;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into, update};

use super::{
    batches::delete_some,
    db::{Db, on_backend},
    error::Error,
    schema::throttles,
    transaction::{Redemption, Upkeep, Writes},
};
use crate::domain::{
    throttle::{Admission, Bucket, Rate},
    time::Timestamp,
};

/// A bucket that has just become empty may be about to be used again.
const KEPT_WHEN_EMPTY: Duration = Duration::from_hours(1);

/// Counts one attempt, if it need not wait.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(redemption: &mut Redemption<'_>, bucket: &Bucket, rate: Rate) -> Result<Admission, Error> {
    let now = redemption.now();
    make(redemption.db, bucket, now)?;
    let mut full_until = locked(redemption.db, bucket)?;
    if full_until.is_none() {
        // The cleanup took the row in between. A row that is made here is held.
        make(redemption.db, bucket, now)?;
        full_until = locked(redemption.db, bucket)?;
    }
    let admission = rate.admit(full_until, now);
    if let Admission::Admitted(full_until) = admission {
        set(redemption.db, bucket, full_until)?;
    }
    Ok(admission)
}

/// Takes back that an attempt was counted: it was none.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn give_back(redemption: &mut Redemption<'_>, bucket: &Bucket, rate: Rate) -> Result<(), Error> {
    match locked(redemption.db, bucket)? {
        Some(full_until) => set(redemption.db, bucket, rate.given_back(full_until)),
        None => Ok(()),
    }
}

/// Forgets buckets that have long been empty, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_empty(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let before = upkeep.now().minus(KEPT_WHEN_EMPTY).as_micros();
    delete_some!(upkeep, throttles.bucket: Vec<u8> where throttles::full_until.lt(before), at most most)
}

/// Makes the row if it is not there, so that there is something to lock.
fn make(db: &mut Db, bucket: &Bucket, now: Timestamp) -> Result<(), Error> {
    let row = (throttles::bucket.eq(bucket.0.as_slice()), throttles::full_until.eq(now.as_micros()));
    on_backend!(db, |connection| insert_into(throttles::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection)?);
    Ok(())
}

/// What the bucket is full until; nobody else changes it before this transaction ends. On SQLite one alone writes anyway.
fn locked(db: &mut Db, bucket: &Bucket) -> Result<Option<Timestamp>, Error> {
    let row = throttles::table.find(bucket.0.as_slice()).select(throttles::full_until);
    let found = match db {
        Db::Sqlite(sqlite) => row.first::<i64>(sqlite).optional()?,
        Db::Postgres(postgres) => row.for_update().first::<i64>(postgres).optional()?,
    };
    Ok(found.map(Timestamp::from_micros))
}

fn set(db: &mut Db, bucket: &Bucket, full_until: Timestamp) -> Result<(), Error> {
    update(throttles::table.find(bucket.0.as_slice()))
        .set(throttles::full_until.eq(full_until.as_micros()))
        .execute(db)?;
    Ok(())
}
