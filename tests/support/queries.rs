//! What a piece of work asks of the database: which statements, how many, and how SQLite plans them.

use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query, sql_types::Text};
use keystead::{config::DatabaseUrl, store::QueryLog};

use super::backend::TestDatabase;

/// Statements that only begin and end transactions, or look whether one is still whole.
const FRAME: [&str; 6] = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SELECT 1"];

/// What `work` answers, and the queries that all connections with this log ran meanwhile; the frame of transactions is left
/// out.
pub fn queries_of<T>(log: &QueryLog, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    drop(log.take());
    let answer = work();
    let statements = log.take().into_iter();
    (answer, statements.filter(|statement| !is_frame(statement)).collect())
}

/// What `work` answers, and how many queries it took.
pub fn count_queries<T>(log: &QueryLog, work: impl FnOnce() -> T) -> (T, usize) {
    let (answer, queries) = queries_of(log, work);
    (answer, queries.len())
}

fn is_frame(statement: &str) -> bool {
    FRAME.iter().any(|start| statement == *start || statement.starts_with(&format!("{start} ")))
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How SQLite would run a statement of a log, one step a line. Its parameters stay without values, which SQLite takes for
/// NULL.
pub fn plan(database: &TestDatabase, statement: &str) -> String {
    let DatabaseUrl::Sqlite(path) = &database.url else { panic!("plans are those of SQLite") };
    let mut file = SqliteConnection::establish(&path.display().to_string()).expect("the file opens");
    let steps = sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load::<Step>(&mut file);
    let steps = steps.unwrap_or_else(|error| panic!("`{statement}`: {error}"));
    steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("\n")
}
