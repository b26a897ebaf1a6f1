//! The database's clock. Decisions use it instead of the machine's, so that all nodes agree.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use diesel::{QueryDsl, QueryResult, RunQueryDsl};

use super::{db::Db, error::Error, schema::clock, transaction::Reads};
use crate::domain::time::Timestamp;

/// The database's clock, and how far a test has moved it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

/// The time of the database as it is, whatever a test has moved: to compare it with other clocks.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn of_database(tx: &mut impl Reads) -> Result<Timestamp, Error> {
    Ok(clock::table.select(clock::now).first(tx.db()).map(Timestamp::from_micros)?)
}

impl Clock {
    /// Moves the clock of everything that shares this value. For tests of expiry.
    pub fn advance(&self, by: Duration) {
        self.offset.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Moves the clock back. For tests of clock steps.
    pub fn step_back(&self, by: Duration) {
        self.offset.fetch_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// What the database said, as this clock shows it.
    pub(super) fn show(&self, micros: i64) -> Timestamp {
        Timestamp::from_micros(micros.saturating_add(self.offset.load(Ordering::SeqCst)))
    }

    pub(super) fn now(&self, db: &mut Db) -> QueryResult<Timestamp> {
        clock::table.select(clock::now).first(db).map(|micros| self.show(micros))
    }
}
