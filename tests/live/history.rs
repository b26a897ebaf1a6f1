//! A database whose history was replaced under a running process: restored, or failed over with loss.

use keystead::{domain::authority::Authority, manage, store::change_log::MOST_CHANGES_AT_ONCE};

use crate::{
    deciding::Node,
    on_both,
    support::{
        backend::{Backend, TestDatabase},
        credential::key_id,
        site::TestSite,
    },
};

/// Runs SQL that no Keystead would.
fn tamper(database: &TestDatabase, sql: &str) {
    use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
    use keystead::config::DatabaseUrl;
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(&path.to_string_lossy()).expect("connects");
            connection.batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}")).expect("runs");
        }
        DatabaseUrl::Postgres(url) => {
            PgConnection::establish(url).expect("connects").batch_execute(sql).expect("runs");
        }
    }
}

/// Takes the database back to what it was after change `seq`, as a restored backup would.
fn rewind(site: &TestSite, seq: i64, key: &str) {
    let of_key = match site.backend {
        Backend::Sqlite => format!("id = X'{key}'"),
        Backend::Postgres => format!("id = '{key}'"),
    };
    tamper(
        &site.database,
        &format!(
            "DELETE FROM changes WHERE seq > {seq}; UPDATE change_head SET seq = {seq}; \
             UPDATE api_keys SET status = 'active', cut_off = 0 WHERE {of_key};"
        ),
    );
}

on_both! {
    // Covers: I9
    #[test]
    fn a_restored_database_is_noticed_and_everything_is_loaded_anew(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        node.mint(&key).expect("an active key");
        let backup = node.now().seq.get();
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        assert_eq!(node.mint(&key), Err("invalid_client"));

        rewind(&site, backup, key.client_id.trim_start_matches("key_"));
        assert!(node.mint(&key).is_ok(), "the key is active in the history that is the present now");
        assert_eq!(node.now().seq.get(), backup);
    }

    // Covers: I9
    #[test]
    fn a_replaced_history_that_has_grown_past_the_old_one_is_told_by_its_marks(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        node.mint(&key).expect("an active key");
        let backup = node.now().seq.get();
        site.change(|change, deps| manage::api_keys::disable(change, deps, &Authority::OPERATOR, key_id(&key)));
        assert_eq!(node.mint(&key), Err("invalid_client"));

        rewind(&site, backup, key.client_id.trim_start_matches("key_"));
        for _ in 0..5 {
            site.key("viewer", &[1]);
        }
        assert!(node.mint(&key).is_ok(), "the same numbers with other marks are another history");
    }

    // Covers: I9, I11
    #[test]
    fn a_token_from_a_lost_future_is_dead_and_a_revoked_one_is_not_revived(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let revoked = server.mint(&key);
        let backup = site.store.snapshot(|tx| Ok::<_, keystead::store::Error>(tx.stamp().seq.get())).expect("reads");
        assert_eq!(server.revoke(&key, &revoked).status, 200);
        let from_the_future = server.mint(&key);
        assert!(server.is_active(&site.resource_server, &from_the_future));

        rewind(&site, backup, key.client_id.trim_start_matches("key_"));
        tamper(&site.database, "DELETE FROM revoked_tokens;");
        assert!(!server.is_active(&site.resource_server, &from_the_future));
        assert!(!server.is_active(&site.resource_server, &revoked), "a running process remembers");
    }

    // Covers: I9
    #[test]
    fn a_process_that_is_too_far_behind_loads_everything_anew(backend) {
        let site = TestSite::new(backend);
        let node = Node::new(site.live());
        let key = site.key("viewer", &[0]);
        let token = node.mint(&key).expect("an active key");
        let behind = node.now().seq.get();

        site.change(|change, deps| manage::api_keys::revoke(change, deps, &Authority::OPERATOR, key_id(&key)));
        let (first, last) = (behind + 2, behind + MOST_CHANGES_AT_ONCE + 10);
        let (nil, mark) = match backend {
            Backend::Sqlite => ("X'00000000000000000000000000000000'", "randomblob(16)"),
            Backend::Postgres => ("'00000000-0000-0000-0000-000000000000'::uuid", "decode(md5(n::text), 'hex')"),
        };
        tamper(
            &site.database,
            &format!(
                "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) \
                 INSERT INTO changes (position, seq, kind, subject, mark, at) \
                 SELECT n + 1000000, n, 'site', {nil}, {mark}, 0 FROM numbers; \
                 UPDATE change_head SET seq = {last};"
            ),
        );
        assert!(!node.is_active(&site.resource_server, &token));
        assert_eq!(node.now().seq.get(), last);
    }
}
