//! The two databases and `src/store/schema.rs` say the same about the tables.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    catalogue::{self, differences, in_words_of_sqlite, with_views},
    sql,
    support::backend::{Backend, TestDatabase},
};

const NOTHING: [String; 0] = [];

fn folder(backend: Backend) -> PathBuf {
    let name = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name)
}

fn migrations(backend: Backend) -> Vec<String> {
    let folders = std::fs::read_dir(folder(backend)).expect("the migrations are there");
    let mut names: Vec<String> =
        folders.map(|entry| entry.expect("a folder").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn script(backend: Backend, migration: &str, file: &str) -> String {
    std::fs::read_to_string(folder(backend).join(migration).join(file)).expect("both scripts are there")
}

fn tables(backend: Backend) -> BTreeSet<String> {
    catalogue::read(&mut sql::connect(&TestDatabase::migrated(backend)))
}

// Covers: G12
#[test]
fn both_databases_have_the_same_tables_keys_indexes_and_references() {
    let (sqlite, postgres) = (tables(Backend::Sqlite), tables(Backend::Postgres));
    for kind in ["column ", "view ", "primary key ", "unique ", "foreign key "] {
        assert!(sqlite.iter().any(|line| line.starts_with(kind)), "no {kind}was read");
    }
    assert!(sqlite.contains("unique signing_keys (algorithm) WHERE state = 'active'"), "{sqlite:#?}");
    assert_eq!(differences(&sqlite, &in_words_of_sqlite(&postgres)), NOTHING);
}

// Covers: G12
#[test]
fn the_queries_are_written_for_the_tables_that_the_migrations_make() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("the schema is there");
    let schema = catalogue::of_schema_file(
        &["schema.rs", "schema_of_imports.rs", "schema_of_log.rs", "schema_of_applications.rs", "schema_of_logins.rs"]
            .map(read)
            .concat(),
    );
    assert!(schema.contains("column spaces 6 token_life_seconds BigInt nullable"), "{schema:#?}");
    let in_schema = |lines: BTreeSet<String>| -> BTreeSet<String> {
        let kinds = ["column ", "view ", "primary key "];
        lines.into_iter().filter(|line| kinds.iter().any(|kind| line.starts_with(kind))).collect()
    };
    let postgres = in_schema(tables(Backend::Postgres));
    let schema = with_views(&schema, |name| postgres.iter().any(|line| line.starts_with(&format!("view {name} "))));
    assert_eq!(differences(&postgres, &schema), NOTHING);
    assert_eq!(differences(&in_schema(tables(Backend::Sqlite)), &in_words_of_sqlite(&schema)), NOTHING);
}

// Covers: G12
#[test]
fn both_databases_have_the_same_migrations_with_the_same_checks() {
    assert_eq!(migrations(Backend::Sqlite), migrations(Backend::Postgres));
    let statements = |backend, migration: &str| -> Vec<String> {
        let text = script(backend, migration, "up.sql");
        let plain = text
            .replace(" UUID", " BLOB")
            .replace(" BYTEA", " BLOB")
            .replace(" INTEGER NOT NULL PRIMARY KEY", " BIGINT NOT NULL PRIMARY KEY")
            .replace("X'00000000000000000000000000000000'", "'00000000-0000-0000-0000-000000000000'");
        let lines: Vec<&str> = plain.lines().filter(|line| !line.starts_with("--")).collect();
        let statements = lines.join("\n");
        let of_tables =
            |statement: &&str| !["INSERT ", "CREATE VIEW "].iter().any(|other| statement.starts_with(other));
        statements.split(';').map(str::trim).filter(of_tables).map(str::to_owned).collect()
    };
    for migration in migrations(Backend::Sqlite) {
        let (sqlite, postgres) = (statements(Backend::Sqlite, &migration), statements(Backend::Postgres, &migration));
        for (one, other) in sqlite.iter().zip(&postgres) {
            assert_eq!(one, other);
        }
        assert_eq!(sqlite.len(), postgres.len());
    }
}

crate::on_both! {
    // Covers: G12
    #[test]
    fn what_the_migrations_make_they_can_take_away_and_make_again(backend) {
        let database = TestDatabase::migrated(backend);
        let mut db = sql::connect(&database);
        let before = catalogue::read(&mut db);
        for migration in migrations(backend).iter().rev() {
            sql::execute(&database, &script(backend, migration, "down.sql"));
        }
        assert_eq!(catalogue::read(&mut db), BTreeSet::new());
        for migration in migrations(backend) {
            sql::execute(&database, &script(backend, &migration, "up.sql"));
        }
        assert_eq!(catalogue::read(&mut db), before);
    }
}
