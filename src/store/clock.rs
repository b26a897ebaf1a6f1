//! The database's clock. Decisions use it instead of the machine's, so that all nodes agree.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use diesel::{QueryDsl, QueryResult, RunQueryDsl};

use super::{db::Db, schema::clock};
use crate::domain::time::Timestamp;

/// The database's clock, and how far a test has moved it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
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
