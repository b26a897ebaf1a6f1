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

/// Runs the same text on the connection inside, where the common type cannot say it or costs too much: a query is then
/// found in the connection's cache by its type, without being written out.
macro_rules! on_backend {
    ($db:expr, |$connection:ident| $body:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite($connection) => $body,
            $crate::store::db::Db::Postgres($connection) => $body,
        }
    };
}
pub(super) use on_backend;

/// Whether the row of this query (of one id) is there, and keeps it from being deleted until the transaction is over. On
/// SQLite one alone writes anyway.
macro_rules! held {
    ($db:expr, $row:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite(sqlite) => $row.first::<DbId>(sqlite),
            $crate::store::db::Db::Postgres(postgres) => $row.for_key_share().first::<DbId>(postgres),
        }
        .optional()?
        .is_some()
    };
}
pub(super) use held;
