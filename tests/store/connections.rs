//! How connections are prepared and what becomes of databases that cannot be reached.

use std::{fs::read_dir, time::Duration};

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::BigInt};
use keystead::{
    config::DatabaseUrl,
    domain::{change::Subject, sequence::Seq},
    store::{Error, Store, StoreOptions, change_log::HeadReader, clock::Clock, db::Db, transaction::Reads},
};

use crate::{
    sql::values,
    support::backend::{Backend, TestDatabase},
    world::{change, snapshot},
};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn pragma(tx: &mut impl Reads, name: &str) -> i64 {
    let Db::Sqlite(sqlite) = tx.db() else { panic!("it is SQLite") };
    let row = sql_query(format!("SELECT {name} AS value FROM pragma_{name}")).get_result::<Number>(sqlite);
    row.expect("SQLite has this setting").value
}

fn impatient(url: DatabaseUrl) -> StoreOptions {
    StoreOptions { connect_timeout: Duration::from_millis(200), ..StoreOptions::new(url) }
}

// Covers: I6
#[test]
fn sqlite_keeps_acknowledged_commits_through_a_loss_of_power_and_references_whole() {
    let database = TestDatabase::migrated(Backend::Sqlite);
    let store = database.open(&Clock::default());
    let writer = change(&store, |change| {
        let mode = values(change.db(), "SELECT journal_mode AS value FROM pragma_journal_mode");
        Ok((mode, pragma(change, "synchronous"), pragma(change, "foreign_keys")))
    });
    assert_eq!(writer.expect("it answers"), (vec!["wal".to_owned()], 2, 1));
    let reader = snapshot(&store, |tx| Ok((pragma(tx, "foreign_keys"), pragma(tx, "query_only"))));
    assert_eq!(reader, (1, 1));
}

// Covers: I6
#[test]
fn postgres_keeps_acknowledged_commits_and_ends_statements_that_hang() {
    let database = TestDatabase::migrated(Backend::Postgres);
    let store = database.open(&Clock::default());
    let setting = |tx: &mut dyn FnMut(&str) -> Vec<String>| {
        ["synchronous_commit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
            .map(|name| tx(&format!("SELECT current_setting('{name}') AS value")).concat())
    };
    let settings = change(&store, |change| Ok(setting(&mut |query| values(change.db(), query))));
    assert_eq!(settings.expect("it answers"), ["on", "5s", "3s", "10s"]);
}

// Covers: G4
#[test]
fn a_postgres_that_cannot_be_reached_is_unavailable_and_no_file_takes_its_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let here: Vec<_> = read_dir(".").expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    let socket = folder.path().display();
    for url in [
        format!("postgres:///keystead.sqlite?host={socket}"),
        format!("postgres://somebody:open-sesame@/keystead.sqlite?host={socket}"),
        format!("postgresql:///{socket}/keystead.sqlite?host={socket}"),
    ] {
        let store = Store::open(impatient(DatabaseUrl::Postgres(url))).expect("it is tried at the first use");
        let refusals = [
            change(&store, |change| change.touch(Subject::Site)).expect_err("nobody answers"),
            store.snapshot(|_| Ok::<(), Error>(())).expect_err("nobody answers"),
            store.now().map(|_| ()).expect_err("nobody answers"),
            store.migrate().map(|_| ()).expect_err("nobody answers"),
            HeadReader::new(store).read(Seq::ZERO).map(|_| ()).expect_err("nobody answers"),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Error::Unavailable(_)), "{refusal:?}");
            assert!(!format!("{refusal} {refusal:?}").contains("open-sesame"), "{refusal:?}");
        }
    }
    assert_eq!(read_dir(folder.path()).expect("the folder is there").count(), 0);
    assert_eq!(read_dir(".").expect("a folder").count(), here.len(), "beside {here:?}");
}

// Covers: G4
#[test]
fn a_sqlite_file_that_cannot_be_made_is_unavailable_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nowhere = folder.path().join("missing").join("keystead.sqlite");
    let refusal = Store::open(impatient(DatabaseUrl::Sqlite(nowhere))).expect_err("there is no such folder");
    assert!(matches!(refusal, Error::Unavailable(_)), "{refusal:?}");
}
