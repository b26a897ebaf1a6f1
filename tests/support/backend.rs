//! Both databases for every test that touches one.

use std::path::PathBuf;

use super::{canary::TestFolder, postgres};
use diesel::{
    Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _,
    dsl::sql,
    sql_types::{BigInt, Text},
};
use keystead::{
    config::DatabaseUrl,
    store::{QueryLog, Store, StoreOptions, clock::Clock},
};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Embedded.
    Sqlite,
    /// A throw-away server.
    Postgres,
}

/// A database of one test.
pub struct TestDatabase {
    /// How to reach it.
    pub url: DatabaseUrl,
    /// The folder that goes with it.
    pub folder: TestFolder,
}

impl TestDatabase {
    /// A database without tables.
    pub fn empty(backend: Backend) -> Self {
        let folder = TestFolder::new();
        let url = match backend {
            Backend::Sqlite => DatabaseUrl::Sqlite(folder.path().join("keystead.sqlite")),
            Backend::Postgres => DatabaseUrl::Postgres(postgres::database().url),
        };
        Self { url, folder }
    }

    /// A database with all tables. They are made once for each process and copied.
    pub fn migrated(backend: Backend) -> Self {
        let migrate = |url: DatabaseUrl| {
            Store::open(StoreOptions::new(url)).expect("opens").migrate().expect("migrates");
        };
        match backend {
            Backend::Sqlite => {
                let database = Self::empty(backend);
                migrate(database.url.clone());
                database
            }
            Backend::Postgres => {
                let prepare = |url: &str| migrate(DatabaseUrl::Postgres(url.to_owned()));
                let url = postgres::database_from_template("keystead_tables", prepare).url;
                Self { url: DatabaseUrl::Postgres(url), folder: TestFolder::new() }
            }
        }
    }

    /// Which kind it is.
    pub const fn backend(&self) -> Backend {
        match self.url {
            DatabaseUrl::Sqlite(_) => Backend::Sqlite,
            DatabaseUrl::Postgres(_) => Backend::Postgres,
        }
    }

    /// All tables in a fresh database of this cluster, which the test may stop.
    pub fn migrated_in(cluster: &postgres::Cluster) -> Self {
        let url = DatabaseUrl::Postgres(cluster.database().url);
        Store::open(StoreOptions::new(url.clone())).expect("opens").migrate().expect("migrates");
        Self { url, folder: TestFolder::new() }
    }

    /// Runs SQL statements behind the back of the program, on a connection of their own.
    pub fn execute(&self, sql: &str) {
        let done = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                SqliteConnection::establish(&path.display().to_string()).expect("the file opens").batch_execute(sql)
            }
            DatabaseUrl::Postgres(url) => PgConnection::establish(url).expect("the server answers").batch_execute(sql),
        };
        done.unwrap_or_else(|error| panic!("`{sql}`: {error}"));
    }

    /// What this SQL expression is, such as `(SELECT COUNT(*) FROM users)`.
    pub fn number(&self, expression: &str) -> i64 {
        let asked = diesel::select(sql::<BigInt>(expression));
        let answer = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut file = SqliteConnection::establish(&path.display().to_string()).expect("the file opens");
                asked.get_result(&mut file)
            }
            DatabaseUrl::Postgres(url) => {
                asked.get_result(&mut PgConnection::establish(url).expect("the server answers"))
            }
        };
        answer.unwrap_or_else(|error| panic!("`{expression}`: {error}"))
    }

    /// What this SQL expression is, such as `current_database()`.
    pub fn text(&self, expression: &str) -> String {
        let asked = diesel::select(sql::<Text>(expression));
        let answer = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut file = SqliteConnection::establish(&path.display().to_string()).expect("the file opens");
                asked.get_result(&mut file)
            }
            DatabaseUrl::Postgres(url) => {
                asked.get_result(&mut PgConnection::establish(url).expect("the server answers"))
            }
        };
        answer.unwrap_or_else(|error| panic!("`{expression}`: {error}"))
    }

    /// Opens it as a process would, with a clock that the test can move.
    pub fn open(&self, clock: &Clock) -> Store {
        let options = StoreOptions { clock: clock.clone(), ..StoreOptions::new(self.url.clone()) };
        Store::open(options).expect("the database opens")
    }

    /// The same, with a log of all statements that its connections run.
    pub fn open_logged(&self, clock: &Clock) -> (Store, QueryLog) {
        let log = QueryLog::default();
        let (clock, query_log) = (clock.clone(), Some(log.clone()));
        let options = StoreOptions { clock, query_log, ..StoreOptions::new(self.url.clone()) };
        (Store::open(options).expect("the database opens"), log)
    }

    /// The URL as the command line takes it.
    pub fn url_text(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    /// A path in the folder of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Runs each test once on SQLite and once on PostgreSQL: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* fn $name:ident($backend:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            fn body($backend: $crate::support::backend::Backend) $body

            #[test]
            fn sqlite() {
                body($crate::support::backend::Backend::Sqlite);
            }

            #[test]
            fn postgres() {
                body($crate::support::backend::Backend::Postgres);
            }
        }
    )+};
}
