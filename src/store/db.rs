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
