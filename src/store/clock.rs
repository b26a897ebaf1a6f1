//! The database's clock. Decisions use it instead of the machine's, so that all nodes agree.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel::{QueryResult, RunQueryDsl, define_sql_function, select, sql_types};

use super::db::Db;
use crate::domain::time::Timestamp;

define_sql_function! {
    /// SQLite: seconds since 1970 with fraction, by `('now', 'subsec')`.
    fn unixepoch(value: sql_types::Text, modifier: sql_types::Text) -> sql_types::Double;
}

define_sql_function! {
    /// PostgreSQL: the time at which it is called, not that of the transaction's beginning.
    fn clock_timestamp() -> diesel::pg::sql_types::Timestamptz;
}

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

    pub(super) fn at_sqlite_seconds(&self, seconds: f64) -> Timestamp {
        self.shifted(DateTime::<Utc>::UNIX_EPOCH + Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    pub(super) fn at_postgres_time(&self, time: DateTime<Utc>) -> Timestamp {
        self.shifted(time)
    }

    fn shifted(&self, time: DateTime<Utc>) -> Timestamp {
        Timestamp::from_micros(time.timestamp_micros().saturating_add(self.offset.load(Ordering::SeqCst)))
    }

    pub(super) fn now(&self, db: &mut Db) -> QueryResult<Timestamp> {
        match db {
            Db::Sqlite(sqlite) => {
                select(unixepoch("now", "subsec")).get_result(sqlite).map(|seconds| self.at_sqlite_seconds(seconds))
            }
            Db::Postgres(postgres) => {
                select(clock_timestamp()).get_result(postgres).map(|time| self.at_postgres_time(time))
            }
        }
    }
}
