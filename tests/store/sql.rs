//! SQL past the store, as somebody with the password of the database would type it.

use diesel::{
    Connection as _, PgConnection, QueryResult, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _, sql_query, sql_types::Text,
};
use keystead::{config::DatabaseUrl, store::db::Db};

use crate::support::backend::TestDatabase;

/// A row of one text column named `value`.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A connection of its own, with foreign keys.
pub(crate) fn connect(database: &TestDatabase) -> Db {
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut sqlite = SqliteConnection::establish(&path.to_string_lossy()).expect("the file opens");
            sqlite.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON").expect("it is SQLite");
            Db::Sqlite(sqlite)
        }
        DatabaseUrl::Postgres(url) => Db::Postgres(PgConnection::establish(url).expect("the server answers")),
    }
}

/// Runs statements on a connection of their own.
pub(crate) fn try_execute(database: &TestDatabase, sql: &str) -> QueryResult<()> {
    connect(database).batch_execute(sql)
}

/// The same, and they must succeed.
pub(crate) fn execute(database: &TestDatabase, sql: &str) {
    try_execute(database, sql).unwrap_or_else(|error| panic!("`{sql}`: {error}"));
}

/// The column `value` of all rows.
pub(crate) fn values(db: &mut Db, sql: &str) -> Vec<String> {
    let rows = sql_query(sql).load::<Row>(db).unwrap_or_else(|error| panic!("`{sql}`: {error}"));
    rows.into_iter().map(|row| row.value).collect()
}

/// How many rows `from` names, such as `changes WHERE seq = 1`.
pub(crate) fn count(database: &TestDatabase, from: &str) -> usize {
    let counted = values(&mut connect(database), &format!("SELECT CAST(count(*) AS TEXT) AS value FROM {from}"));
    counted[0].parse().expect("a count is a number")
}
