//! Connections: which database a URL names, how each connection is prepared, and how many there are.

use std::{fs::OpenOptions, io::ErrorKind, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc, time::Duration};

use diesel::{
    Connection, ConnectionError, QueryDsl, RunQueryDsl, connection::SimpleConnection, pg::PgConnection,
    r2d2::R2D2Connection, sqlite::SqliteConnection,
};
use r2d2::{ManageConnection, Pool, PooledConnection};

use super::{clock::Clock, db::Db, error::Error, group_commit::GroupCommit, query_log::QueryLog, schema::change_head};
use crate::{config::database::DatabaseUrl, domain::time::Timestamp};

/// How to reach a database and with how many connections.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Which database.
    pub url: DatabaseUrl,
    /// Connections for reading on SQLite (one more writes), for everything on PostgreSQL.
    pub connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// The clock; a test may hold a copy and move it.
    pub clock: Clock,
    /// Where every connection writes its statements down; nowhere, unless a test wants to see them.
    pub query_log: Option<QueryLog>,
}

impl StoreOptions {
    /// The usual settings for this database.
    #[must_use]
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url, connections: 4, connect_timeout: Duration::from_secs(2), clock: Clock::default(), query_log: None }
    }
}

/// A database with its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) writers: Pool<Manager>,
    pub(super) readers: Pool<Manager>,
    pub(super) clock: Clock,
    pub(super) group: Arc<GroupCommit>,
    manager: Manager,
    connections: u32,
}

impl Store {
    /// Opens the database. SQLite creates the file if it is not there; an unreachable PostgreSQL is tried again at the
    /// first use.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(options: StoreOptions) -> Result<Self, Error> {
        let StoreOptions { url, connections, connect_timeout, clock, query_log } = options;
        let manager = |purpose| Manager { url: url.clone(), purpose, connect_timeout, query_log: query_log.clone() };
        let pool = |purpose, size: u32| {
            Pool::builder()
                .max_size(size)
                // A pool that wants no idle connection makes none for those who already wait when one breaks.
                .min_idle(Some(1))
                .connection_timeout(connect_timeout)
                .test_on_check_out(false)
                .build_unchecked(manager(purpose))
        };
        let (writers, readers) = match &url {
            DatabaseUrl::Sqlite(_) => (pool(Purpose::Write, 1), pool(Purpose::Read, connections.max(1))),
            DatabaseUrl::Postgres(_) => {
                let shared = pool(Purpose::Write, connections.max(1));
                (shared.clone(), shared)
            }
        };
        let group = Arc::new(GroupCommit::new(connect_timeout));
        let store = Self { writers, readers, clock, group, manager: manager(Purpose::Read), connections };
        if store.is_embedded() {
            drop(store.writer()?);
        }
        Ok(store)
    }

    /// Whether the database lives in this process.
    #[must_use]
    pub const fn is_embedded(&self) -> bool {
        matches!(self.manager.url, DatabaseUrl::Sqlite(_))
    }

    /// How many pieces of work can be in the database at once.
    #[must_use]
    pub const fn connections(&self) -> u32 {
        self.connections
    }

    /// How many changes wait for their turn on the one connection of SQLite that writes; on PostgreSQL the server knows.
    #[must_use]
    pub fn changes_waiting(&self) -> usize {
        self.group.waiting()
    }

    pub(super) fn writer(&self) -> Result<PooledConnection<Manager>, Error> {
        Ok(self.writers.get()?)
    }

    pub(super) fn reader(&self) -> Result<PooledConnection<Manager>, Error> {
        Ok(self.readers.get()?)
    }

    /// A connection for writing on which `first` was done.
    pub(super) fn writer_after<T>(&self, first: impl FnMut(&mut Db) -> Result<T, Error>) -> Result<Ready<T>, Error> {
        ready(&self.writers, first)
    }

    /// A connection for reading on which `first` was done.
    pub(super) fn reader_after<T>(&self, first: impl FnMut(&mut Db) -> Result<T, Error>) -> Result<Ready<T>, Error> {
        ready(&self.readers, first)
    }

    /// A connection for reading that belongs to no pool.
    pub(super) fn own_connection(&self) -> Result<Db, Error> {
        self.manager.connect().map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// The database's time, never before the high-water mark left by whoever deleted expired rows last.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn now(&self) -> Result<Timestamp, Error> {
        let high_water = |db: &mut Db| Ok(change_head::table.select(change_head::clock_high_water).first::<i64>(db)?);
        let (mut connection, high_water) = self.reader_after(high_water)?;
        Ok(self.clock.now(&mut connection)?.max(Timestamp::from_micros(high_water)))
    }
}

/// A connection and the answer to the first statement on it.
pub(super) type Ready<T> = (PooledConnection<Manager>, T);

/// A server that was restarted leaves dead connections in the pool. One that turns out to be dead at its first statement
/// has done nothing yet, so the next is tried. Its first error may be the last words of the server, which libpq does not
/// take for the end; asking once more brings that out.
fn ready<T>(pool: &Pool<Manager>, mut first: impl FnMut(&mut Db) -> Result<T, Error>) -> Result<Ready<T>, Error> {
    let mut dead = 0;
    loop {
        let mut connection = pool.get()?;
        match first(&mut connection) {
            Ok(value) => return Ok((connection, value)),
            Err(_) if dead < pool.max_size() && is_dead(&mut connection) => dead += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Whether a connection on which a statement failed is of no more use. Diesel notices at the second statement only that a
/// server has crashed, so one more is tried.
pub(super) fn is_dead(db: &mut Db) -> bool {
    db.is_broken() || db.ping().is_err()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
}

/// Makes connections. Chooses the backend by the URL once: the derived way would try each and create a SQLite file named
/// after an unreachable PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    purpose: Purpose,
    connect_timeout: Duration,
    query_log: Option<QueryLog>,
}

/// WAL lets readers go on beside the writer; FULL keeps every acknowledged commit through a loss of power.
const SQLITE_WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;";
const SQLITE_READER: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;";
const POSTGRES: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
                        SET idle_in_transaction_session_timeout = '10s'; SET synchronous_commit = on;";

impl Manager {
    fn connect(&self) -> Result<Db, ConnectionError> {
        let prepared = |error| ConnectionError::CouldntSetupConfiguration(error);
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                create_private(path)?;
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                let settings = if self.purpose == Purpose::Write { SQLITE_WRITER } else { SQLITE_READER };
                connection.batch_execute(settings).map_err(prepared)?;
                QueryLog::watch(self.query_log.as_ref(), &mut connection);
                Ok(Db::Sqlite(connection))
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::establish(&with_timeouts(url, self.connect_timeout))?;
                connection.batch_execute(POSTGRES).map_err(prepared)?;
                QueryLog::watch(self.query_log.as_ref(), &mut connection);
                Ok(Db::Postgres(connection))
            }
        }
    }
}

/// A database that is not there yet becomes a file for its owner only; SQLite's own files beside it follow it.
fn create_private(path: &Path) -> Result<(), ConnectionError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(ConnectionError::BadConnection(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Adds the libpq settings that keep a silent network from holding a request, unless the operator chose others.
fn with_timeouts(url: &str, connect: Duration) -> String {
    let mut url = url.to_owned();
    let defaults = [
        ("connect_timeout", connect.as_secs().max(2).to_string()),
        ("tcp_user_timeout", "5000".to_owned()),
        ("keepalives_idle", "10".to_owned()),
        ("application_name", "keystead".to_owned()),
    ];
    for (name, value) in defaults {
        if !url.contains(&format!("{name}=")) {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}{name}={value}");
        }
    }
    url
}

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Db, ConnectionError> {
        Self::connect(self)
    }

    fn is_valid(&self, db: &mut Db) -> Result<(), ConnectionError> {
        db.ping().map_err(ConnectionError::CouldntSetupConfiguration)
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking() || db.is_broken()
    }
}
