//! Making the tables and telling whether they fit this program.

use diesel::{
    Connection, QueryDsl, RunQueryDsl,
    backend::Backend,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    migration::{Migration, MigrationSource},
    pg::Pg,
    sqlite::Sqlite,
    table,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{connection::Store, db::Db, error::Error, transaction::Reads};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

table! {
    /// What diesel keeps: the migrations that were run.
    __diesel_schema_migrations (version) {
        /// Its number.
        version -> Text,
    }
}

/// How the tables and this program fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// They are made for each other.
    Current,
    /// These migrations have not been run.
    Behind(Vec<String>),
    /// A newer program has been here: these migrations are unknown.
    Ahead(Vec<String>),
}

impl Store {
    /// Runs all pending migrations in one transaction; processes that start at the same time wait for each other.
    /// Returns the names of those that were run.
    ///
    /// # Errors
    /// [`Error::WrongSchema`] if a newer program has been here or a migration fails.
    pub fn migrate(&self) -> Result<Vec<String>, Error> {
        let mut connection = self.writer()?;
        match &mut *connection {
            Db::Sqlite(sqlite) => {
                AnsiTransactionManager::begin_transaction_sql(&mut *sqlite, "BEGIN IMMEDIATE")?;
                let result = run(sqlite, SQLITE);
                finish(sqlite, result)
            }
            Db::Postgres(postgres) => {
                AnsiTransactionManager::begin_transaction_sql(&mut *postgres, "BEGIN")?;
                let locked = postgres.batch_execute(
                    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
                     SELECT pg_advisory_xact_lock(5421091831);",
                );
                let result = locked.map_err(Error::from).and_then(|()| run(postgres, POSTGRES));
                finish(postgres, result)
            }
        }
    }

    /// Compares the tables with this program.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn schema_state(&self) -> Result<SchemaState, Error> {
        let mut connection = self.writer()?;
        match &mut *connection {
            Db::Sqlite(sqlite) => state(sqlite, &SQLITE),
            Db::Postgres(postgres) => state(postgres, &POSTGRES),
        }
    }
}

/// The same comparison in a transaction that only reads, once the tables have been made.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn seen(tx: &mut impl Reads) -> Result<SchemaState, Error> {
    use __diesel_schema_migrations as t;
    let applied = t::table.select(t::version).order(t::version).load::<String>(tx.db())?;
    let known = match tx.db() {
        Db::Sqlite(_) => known::<Sqlite>(&SQLITE),
        Db::Postgres(_) => known::<Pg>(&POSTGRES),
    };
    Ok(compared(known?, &applied))
}

fn run<C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, Error>
where
    C: MigrationHarness<C::Backend> + Connection,
    C::Backend: 'static,
{
    if let SchemaState::Ahead(unknown) = state(connection, &source)? {
        let unknown = unknown.join(", ");
        let sentence = format!("the database was migrated by a newer Keystead ({unknown}); start that version instead");
        return Err(Error::WrongSchema(sentence));
    }
    let done = connection
        .run_pending_migrations(source)
        .map_err(|error| Error::WrongSchema(format!("a migration failed and was undone: {error}")))?;
    Ok(done.iter().map(ToString::to_string).collect())
}

fn state<C>(connection: &mut C, source: &EmbeddedMigrations) -> Result<SchemaState, Error>
where
    C: MigrationHarness<C::Backend> + Connection,
    C::Backend: 'static,
{
    let applied = connection.applied_migrations().map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(compared(known::<C::Backend>(source)?, &applied.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

/// Versions of the migrations of this program.
fn known<B: Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
    let known = source.migrations().map_err(|error| Error::Unavailable(error.to_string()))?;
    let known: Vec<Box<dyn Migration<B>>> = known;
    Ok(known.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn compared(known: Vec<String>, applied: &[String]) -> SchemaState {
    let unknown: Vec<String> = applied.iter().filter(|version| !known.contains(version)).cloned().collect();
    let missing: Vec<String> = known.into_iter().filter(|version| !applied.contains(version)).collect();
    match (unknown.is_empty(), missing.is_empty()) {
        (false, _) => SchemaState::Ahead(unknown),
        (true, false) => SchemaState::Behind(missing),
        (true, true) => SchemaState::Current,
    }
}

fn finish<C, T>(connection: &mut C, result: Result<T, Error>) -> Result<T, Error>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    if result.is_ok() {
        AnsiTransactionManager::commit_transaction(connection)?;
    } else {
        AnsiTransactionManager::rollback_transaction(connection)?;
    }
    result
}
