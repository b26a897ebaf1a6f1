//! What an operator should know of the database server.

use diesel::{RunQueryDsl, define_sql_function, select, sql_types};

use super::{connection::Store, db::Db, error::Error, transaction::Reads};

define_sql_function! {
    /// PostgreSQL: the value of a setting.
    fn current_setting(name: sql_types::Text) -> sql_types::Text;
}

define_sql_function! {
    /// PostgreSQL: whether this server is a standby, whose state may be old.
    fn pg_is_in_recovery() -> sql_types::Bool;
}

define_sql_function! {
    /// SQLite: the version of the library.
    fn sqlite_version() -> sql_types::Text;
}

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// Embedded.
    Sqlite {
        /// Version of the library.
        version: String,
    },
    /// A server.
    Postgres {
        /// Version of the server.
        version: String,
        /// Whether it is a standby, whose state may be old.
        standby: bool,
        /// Whether acknowledged commits survive a crash of the server: `fsync`.
        fsync: String,
        /// What a commit waits for: `synchronous_commit` of our own connections.
        synchronous_commit: String,
        /// Standbys that a commit waits for; empty if none.
        synchronous_standby_names: String,
    },
}

impl Store {
    /// Asks the database server about itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn inspect(&self) -> Result<Inspection, Error> {
        asked(&mut *self.reader()?)
    }
}

/// The same inside a transaction.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn inspect(tx: &mut impl Reads) -> Result<Inspection, Error> {
    asked(tx.db())
}

fn asked(db: &mut Db) -> Result<Inspection, Error> {
    match db {
        Db::Sqlite(sqlite) => Ok(Inspection::Sqlite { version: select(sqlite_version()).get_result(sqlite)? }),
        Db::Postgres(postgres) => {
            let mut setting = |name: &str| select(current_setting(name)).get_result::<String>(&mut *postgres);
            let (version, fsync) = (setting("server_version")?, setting("fsync")?);
            let synchronous_commit = setting("synchronous_commit")?;
            let synchronous_standby_names = setting("synchronous_standby_names")?;
            let standby = select(pg_is_in_recovery()).get_result(postgres)?;
            Ok(Inspection::Postgres { version, standby, fsync, synchronous_commit, synchronous_standby_names })
        }
    }
}
