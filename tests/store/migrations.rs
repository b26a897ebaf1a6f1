//! Starting on a database that is empty, current, behind or ahead.

use std::sync::Barrier;

use keystead::store::{Error, clock::Clock, migrations::SchemaState};

use crate::{catalogue, sql, support::backend::TestDatabase};

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";

crate::on_both! {
    // Covers: G12
    #[test]
    fn an_empty_database_is_behind_until_it_is_migrated_once(backend) {
        let database = TestDatabase::empty(backend);
        let store = database.open(&Clock::default());
        let SchemaState::Behind(missing) = store.schema_state().expect("it answers") else { panic!("it is empty") };
        assert_eq!(store.migrate().expect("it migrates"), missing);
        assert_eq!(store.schema_state().expect("it answers"), SchemaState::Current);
        assert_eq!(store.migrate().expect("it is asked again"), Vec::<String>::new());
    }

    // Covers: G12
    #[test]
    fn five_processes_that_start_at_once_migrate_once(backend) {
        let database = TestDatabase::empty(backend);
        let start = Barrier::new(5);
        let runs: Vec<Vec<String>> = std::thread::scope(|threads| {
            let process = || {
                start.wait();
                database.open(&Clock::default()).migrate().expect("everyone succeeds")
            };
            let running: Vec<_> = (0..5).map(|_| threads.spawn(process)).collect();
            running.into_iter().map(|thread| thread.join().expect("nobody panics")).collect()
        });
        assert_eq!(runs.iter().filter(|names| !names.is_empty()).count(), 1, "{runs:?}");
        assert_eq!(sql::count(&database, "changes"), 1);
        assert_eq!(database.open(&Clock::default()).schema_state().expect("it answers"), SchemaState::Current);
    }

    // Covers: G12
    #[test]
    fn tables_of_a_newer_version_are_recognized_and_left_alone(backend) {
        let database = TestDatabase::migrated(backend);
        sql::execute(&database, NEWER);
        let store = database.open(&Clock::default());
        assert_eq!(store.schema_state().expect("it answers"), SchemaState::Ahead(vec!["99991231000000".to_owned()]));
        let refusal = store.migrate().expect_err("an older program does not migrate");
        assert!(matches!(refusal, Error::WrongSchema(_)), "{refusal:?}");
        let sentence = refusal.to_string();
        assert!(sentence.contains("newer Keystead (99991231000000); start that version instead"), "{sentence}");
        assert!(!store.migrate().is_ok_and(|names| names.is_empty()), "it is refused each time");
    }

    // Covers: G12
    #[test]
    fn a_migration_that_fails_leaves_nothing_behind_and_the_next_start_finishes(backend) {
        let database = TestDatabase::empty(backend);
        sql::execute(&database, "CREATE TABLE audit_events (note TEXT)");
        let store = database.open(&Clock::default());
        let refusal = store.migrate().expect_err("the table is in the way");
        assert!(matches!(refusal, Error::WrongSchema(_)), "{refusal:?}");
        let tables = catalogue::read(&mut sql::connect(&database));
        assert_eq!(tables.into_iter().collect::<Vec<_>>(), ["column audit_events 0 note Text nullable"]);
        sql::execute(&database, "DROP TABLE audit_events");
        let SchemaState::Behind(missing) = store.schema_state().expect("it answers") else { panic!("nothing was migrated") };
        assert_eq!(store.migrate().expect("nothing is in the way"), missing);
    }
}
