//! The two databases as one connection type.
#![expect(missing_docs, reason = "diesel's derive makes public items without documentation")]

use diesel::{pg::PgConnection, sqlite::SqliteConnection};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// Embedded.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}
