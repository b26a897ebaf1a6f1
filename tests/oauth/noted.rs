//! What an auditor reads of keys that were used and of clients that were denied: who, with which pair, from where, why and how
//! often; and nothing of what was presented.

use std::time::Duration;

use keystead::{
    domain::{
        api_key::UserKeyRoles, audit_fold::NotedAction, change::Subject, denial::Denial, key_pair::ExpiryPolicy,
        text_enum::TextEnum,
    },
    jobs::Jobs,
    manage,
};
use serde_json::json;

use crate::{
    nodes::{Nodes, OPERATOR, add_pair},
    on_both,
    presented_keys::{accepting_server, ask, forged, serve, serve_with, wrong_secrets},
    support::{
        backend::Backend,
        noted::NotedRow,
        site::{Credential, Server, TestSite, key_id, resource_server_id},
    },
};

const MINUTE: Duration = Duration::from_mins(1);

/// The rows after everything was written.
fn noted(site: &TestSite, server: &Server) -> Vec<NotedRow> {
    server.write_notes(site);
    site.noted()
}

/// The only row.
#[track_caller]
fn only(rows: &[NotedRow]) -> NotedRow {
    let [row] = rows else { panic!("one row: {rows:?}") };
    row.clone()
}

/// Moves the clock to the beginning of a minute, so that what follows lies in one.
fn begin_minute(site: &TestSite) {
    let into = site.store.now().expect("the database answers").as_micros().rem_euclid(60_000_000);
    site.clock.advance(MINUTE - Duration::from_micros(u64::try_from(into).expect("below a minute")));
}

/// What happened, how often.
fn counts(rows: &[NotedRow]) -> Vec<((&str, &str), u64)> {
    let mut counts: Vec<_> = rows.iter().map(|row| (row.what(), row.count)).collect();
    counts.sort_unstable();
    counts
}

on_both! {
    // Covers: L150
    #[test]
    fn each_reason_for_which_a_key_is_not_let_in_is_told_with_key_pair_and_address(backend) {
        let nodes = Nodes::new(backend);
        let (site, server) = (&nodes.site, &nodes.near);
        let denied = |key: &Credential, reason: &str| {
            site.clock.advance(MINUTE);
            assert_eq!(server.token(key).status, 401, "{reason}");
            let rows = noted(site, server);
            let row = rows.iter().rfind(|row| row.target == key.client_id).expect("a row");
            assert_eq!(row.what(), ("client.refuse", reason));
            let place = (row.pair.as_str(), row.address.as_str(), row.space.as_str(), row.count);
            assert_eq!(place, (key.public_id.as_str(), "127.0.0.1", "Space", 1), "{row:?}");
            assert!(site.noted_about(key.public_id.as_str()).contains(row) && site.noted_about(&key.client_id).contains(row));
        };
        let key = || site.key("viewer", &[0]);
        let guessed = key();
        denied(&Credential { secret: forged(&guessed), ..guessed.clone() }, "wrong_secret");

        let disabled = key();
        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&disabled)));
        denied(&disabled, "key_disabled");

        let first = key();
        let second = add_pair(&nodes, &first, ExpiryPolicy::At(nodes.now().plus(MINUTE)));
        site.clock.advance(MINUTE);
        denied(&second, "pair_expired");

        let user = nodes.user_with("jo", "viewer", &[0]);
        let of_user = nodes.key_of(user, UserKeyRoles::Inherit, &[]);
        let subject = [Subject::User(user)];
        nodes.write("UPDATE users SET api_keys_enabled = false, keys_cut_off = :seq", &subject);
        denied(&of_user, "owner_keys_disabled");
        nodes.write("UPDATE users SET api_keys_enabled = true, password_set_at = 1", &subject);
        let home = [Subject::Space(site.space)];
        nodes.write("UPDATE spaces SET password_life_seconds = 86400", &home);
        denied(&of_user, "owner_password_expired");
        site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user));
        denied(&of_user, "owner_disabled");
        assert_eq!(site.noted_about(&user.to_string()).len(), 3, "the owner's auditors find them too");

        for (switch, reason) in [
            ("api_keys_enabled = false, keys_cut_off = :seq", "keys_disabled"),
            ("api_keys_supported = false, keys_cut_off = :seq", "not_supported_here"),
            ("state = 'closed', cut_off = :seq", "space_closed"),
        ] {
            nodes.write(&format!("UPDATE spaces SET {switch}"), &home);
            denied(&guessed, reason);
        }
    }

    // Covers: L150
    #[test]
    fn a_client_that_is_known_by_its_name_alone_is_told_without_a_pair(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        for (_, secret) in wrong_secrets(&site, &key) {
            assert_eq!(server.token(&Credential { secret, ..key.clone() }).status, 401);
        }
        let wrong = wrong_secrets(&site, &key).len() as u64;
        let revoked = site.key("viewer", &[0]);
        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&revoked)));
        assert_eq!(server.token(&revoked).status, 401);
        let form = [("grant_type", "client_credentials"), ("client_id", &key.client_id)];
        assert_eq!(server.client.post("/oauth/token").form(&form).send().status, 401);
        let cut = Credential { client_id: key.public_id.to_string(), secret: "ksk_".to_owned(), ..key.clone() };
        assert_eq!(server.token(&cut).status, 401);
        let mut rows = noted(&site, &server);
        let named_by_pair = rows.iter().position(|row| !row.pair.is_empty()).expect("a row");
        let named_by_pair = rows.remove(named_by_pair);
        assert_eq!((named_by_pair.what(), named_by_pair.target.as_str()), (("client.refuse", "wrong_secret"), key.client_id.as_str()));
        assert!(rows.iter().all(|row| row.pair.is_empty() && row.space == "Space"), "{rows:?}");
        let of_key: Vec<_> = rows.iter().filter(|row| row.target == key.client_id).cloned().collect();
        let expected = [(("client.refuse", "no_credentials"), 1), (("client.refuse", "wrong_secret"), wrong)];
        assert_eq!(counts(&of_key), expected);
        assert_eq!(rows.len(), 3, "{rows:?}");
        let row = rows.iter().find(|row| row.target == revoked.client_id).expect("a row");
        assert_eq!((row.what(), row.count), (("client.refuse", "key_revoked"), 1));
    }

    // Covers: L150, K6
    #[test]
    fn a_stranger_is_told_by_network_and_nothing_that_was_presented_is_kept(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let secret = forged(&key);
        let wrong_field = Credential { client_id: key.secret.clone(), ..key.clone() };
        let gone = Credential { client_id: format!("key_{}", "0".repeat(32)), ..key.clone() };
        assert_eq!(server.token(&wrong_field).status, 401);
        assert_eq!(server.token(&gone).status, 401);
        assert_eq!(server.token(&Credential { client_id: "jo@example.com".to_owned(), ..key.clone() }).status, 401);
        let rows = noted(&site, &server);
        let row = only(&rows);
        assert_eq!((row.what(), row.target.as_str(), row.count), (("client.refuse", "unknown_client"), "unknown client", 3));
        assert_eq!((row.address.as_str(), &row.detail["network"]), ("", &json!("127.0.0.0/24")));
        assert!(row.about.is_empty() && row.space.is_empty());

        let accepting = accepting_server(&site, "https://accepting.example.com");
        for shown in [&secret, &key.secret] {
            server.token(&Credential { secret: shown.clone(), ..key.clone() });
            ask(&site, &server, "?workspace=1002").bearer(shown).send();
            server.introspect(&accepting, shown);
            server.client.get("/api/v1/me").bearer(shown).send();
        }
        let everything = format!("{:?}", noted(&site, &server));
        for part in [secret.get(20..54), key.secret.get(20..54), Some("jo@example.com"), Some("000000000000")] {
            assert!(!everything.contains(part.expect("a part")), "{part:?}");
        }
    }

    // Covers: L150
    #[test]
    fn what_happens_often_in_a_minute_has_one_row_with_a_count(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let wrong = Credential { secret: forged(&key), ..key.clone() };
        let mut writer = server.writer(&site);
        let mut write = || writer.run_once().expect("the database answers");
        begin_minute(&site);
        for count in [300, 200] {
            for _ in 0..count {
                assert_eq!(server.token(&wrong).status, 401);
            }
            (0..count / 100).for_each(|_| drop(server.mint(&key)));
            write();
        }
        let expected = |factor: u64| vec![
            (("client.refuse", "wrong_secret"), 500 / factor),
            (("token.issue", "client_credentials"), 5 / factor),
        ];
        assert_eq!(counts(&site.noted()), expected(1));
        site.clock.advance(MINUTE);
        (0..100).for_each(|_| drop(server.token(&wrong)));
        server.mint(&key);
        write();
        let rows = site.noted();
        let (first, next) = rows.split_at(2);
        assert_eq!((counts(first), counts(next)), (expected(1), expected(5)), "the next minute has rows of its own");
        assert_eq!(site.database.number("(SELECT count(*) FROM audit_events WHERE last_at < at OR last_at - at > 60000000)"), 0);
    }
    // Covers: L150
    #[test]
    fn the_token_endpoint_tells_why_a_client_that_was_let_in_got_nothing(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let gateway = &site.resource_server;
        let asked = [
            (&key, ("scope", "nonsense!"), "invalid_scope"),
            (&key, ("scope", "workspace:1002"), "no_role_in_workspace"),
            (&key, ("resource", "https://elsewhere.example.com"), "invalid_target"),
            (gateway, ("scope", "read"), "unauthorized_client"),
        ];
        for (client, parameter, reason) in asked {
            assert_eq!(server.token_with(client, &[parameter]).status, 400);
            let row = noted(&site, &server).pop().expect("a row");
            let told = (row.what(), &row.detail["operation"], &row.target, row.address.as_str());
            assert_eq!(told, (("request.refuse", reason), &json!("token"), &client.client_id, "127.0.0.1"));
            assert_eq!(row.pair == key.public_id.as_str(), client.client_id == key.client_id);
        }
        let token = server.mint(&site.key("viewer", &[0]));
        assert_eq!(server.revoke(&key, &token).status, 400);
        assert_eq!(server.client.post_form("/oauth/par", key.pair(), &[("client_id", &key.client_id)]).status, 400);
        assert_eq!(server.token_with(&key, &[("scope", "workspace:1001")]).status, 200);
        let rows = noted(&site, &server);
        let about = |what: (&str, &str)| rows.iter().rfind(|row| row.what() == what).expect("a row").clone();
        assert_eq!(about(("request.refuse", "token_of_another_client")).detail["operation"], "revoke");
        assert!(rows.iter().any(|row| row.detail == json!({ "reason": "unauthorized_client", "operation": "par" })));
        assert_eq!(about(("token.issue", "client_credentials")).workspace, "1001");
        assert!(site.noted_about("workspace:1001").iter().any(|row| row.target == key.client_id));
    }

    // Covers: L150
    #[test]
    fn a_gateway_leaves_behind_who_was_turned_away_and_which_keys_passed(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        server.write_notes(&site);
        let last = || noted(&site, &server).pop().expect("a row");

        for _ in 0..3 {
            assert_eq!(server.verify(&site.resource_server, &token, "workspace=1001").status, 200);
            assert!(server.is_active(&site.resource_server, &token));
        }
        assert!(server.notes.take().is_empty(), "that a token is used is not noted");

        assert_eq!(server.verify(&site.resource_server, &token, "workspace=1002").status, 403);
        let row = last();
        assert_eq!((row.what(), row.workspace.as_str()), (("request.refuse", "insufficient_scope"), "1002"));
        assert_eq!((&row.target, row.pair.as_str()), (&key.client_id, key.public_id.as_str()));

        assert_eq!(server.verify(&site.resource_server, &key.secret, "workspace=1001").status, 200);
        assert_eq!(last().what(), ("key_pair.use", "gateway"));
        assert!(server.is_active(&accepting_server(&site, "https://accepting.example.com"), &key.secret));
        let row = last();
        assert_eq!((row.what(), row.address.as_str()), (("key_pair.use", "introspection"), ""));

        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&key)));
        assert_eq!(server.verify(&site.resource_server, &token, "").status, 401);
        let row = last();
        assert_eq!((row.what(), &row.target, row.pair.as_str()), (("request.refuse", "invalid_token"), &key.client_id, key.public_id.as_str()));
        assert_eq!((row.space.as_str(), &row.detail["operation"]), ("Space", &json!("verify")));

        assert_eq!(server.verify(&site.resource_server, "garbage", "workspace=1001").status, 401);
        let row = last();
        assert_eq!((row.target.as_str(), row.workspace.as_str()), ("unknown client", ""), "a stranger's word is not kept");
        assert_eq!(server.verify(&site.resource_server, &key.secret, "").status, 401);
        assert_eq!(last().what(), ("client.refuse", "unknown_client"), "a revoked key has lost its pairs");
        assert_eq!(server.verify(&key, &token, "").status, 401);
        assert_eq!((last().what(), last().target), (("client.refuse", "key_revoked"), key.client_id));
    }

    // Covers: L150
    #[test]
    fn whoever_may_not_introspect_is_told_and_an_inactive_token_is_not(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let accepting = accepting_server(&site, "https://accepting.example.com");
        let key = site.key("viewer", &[0]);
        assert!(!server.is_active(&site.resource_server, "garbage"));
        assert!(server.notes.take().is_empty());

        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&key)));
        assert!(!server.is_active(&accepting, &key.secret));
        let row = only(&noted(&site, &server));
        assert_eq!((row.what(), &row.target, row.address.as_str()), (("client.refuse", "key_disabled"), &key.client_id, ""));

        let id = resource_server_id(&site.resource_server);
        site.change(|change, deps| manage::resource_servers::disable(change, deps, OPERATOR, id));
        let form = [("token", "garbage")];
        assert_eq!(server.client.post_form("/oauth/introspect", site.resource_server.pair(), &form).status, 401);
        let row = noted(&site, &server).pop().expect("a row");
        assert_eq!((row.what(), &row.target), (("client.refuse", "client_disabled"), &site.resource_server.client_id));
        assert_eq!((row.pair.as_str(), row.space.as_str()), (site.resource_server.public_id.as_str(), ""));
    }

    // Covers: L150
    #[test]
    fn too_many_wrong_secrets_are_told_as_such(backend) {
        let site = TestSite::new(backend);
        let server = serve_with(&site, "2");
        let key = site.key("viewer", &[0]);
        let wrong = Credential { secret: forged(&key), ..key.clone() };
        begin_minute(&site);
        let statuses: Vec<u16> = (0..5).map(|_| server.token(&wrong).status).collect();
        assert_eq!(statuses, [401, 401, 429, 429, 429]);
        let expected = [(("client.refuse", "too_many_wrong_secrets"), 3), (("client.refuse", "wrong_secret"), 2)];
        assert_eq!(counts(&noted(&site, &server)), expected);
    }

    // Covers: L150
    #[test]
    fn each_node_writes_rows_of_its_own_and_they_add_up(backend) {
        let nodes = Nodes::new(backend);
        let (site, key) = (&nodes.site, nodes.site.key("viewer", &[0]));
        begin_minute(site);
        let (mut near, mut far) = (nodes.near.writer(site), nodes.far.writer(site));
        for _ in 0..3 {
            nodes.near.mint(&key);
            nodes.far.mint(&key);
            nodes.far.mint(&key);
            near.run_once().expect("the database answers");
            far.run_once().expect("the database answers");
        }
        let rows = site.noted_about(key.public_id.as_str());
        let mut counts: Vec<u64> = rows.iter().map(|row| row.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [3, 6]);
        assert_eq!(site.database.number("(SELECT CAST(sum(uses) AS BIGINT) FROM key_pairs)"), 9, "nothing is noted twice");
    }

    // Covers: L150, KM-13
    #[test]
    fn what_cannot_be_written_is_kept_and_written_later_and_counted_once(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let mut writer = server.writer(&site);
        begin_minute(&site);
        server.mint(&key);
        writer.run_once().expect("the database answers");
        site.database.execute("ALTER TABLE audit_events RENAME TO audit_events_are_gone");
        server.mint(&key);
        assert!(writer.run_once().is_err());
        server.mint(&key);
        assert_eq!(server.token(&Credential { secret: forged(&key), ..key.clone() }).status, 401);
        assert!(writer.run_once().is_err());
        site.database.execute("ALTER TABLE audit_events_are_gone RENAME TO audit_events");
        writer.run_once().expect("the database answers");
        let expected = [(("client.refuse", "wrong_secret"), 1), (("token.issue", "client_credentials"), 3)];
        assert_eq!(counts(&site.noted()), expected);
        assert_eq!(site.database.number("(SELECT CAST(sum(uses) AS BIGINT) FROM key_pairs)"), 3);
    }

    // Covers: L150
    #[test]
    fn a_process_that_stops_writes_down_what_it_has_noted(backend) {
        let site = TestSite::new(backend);
        let server = serve(&site);
        let key = site.key("viewer", &[0]);
        let jobs = Jobs::start(server.job_context(&site)).expect("threads");
        server.mint(&key);
        server.verify(&site.resource_server, "garbage", "");
        drop(jobs);
        let expected = [(("request.refuse", "invalid_token"), 1), (("token.issue", "client_credentials"), 1)];
        assert_eq!(counts(&site.noted()), expected);
    }
}

// Covers: L150, H2
#[test]
fn the_address_is_the_peers_whatever_a_stranger_forwards() {
    let site = TestSite::new(Backend::Sqlite);
    let (disabled, forwarded) = (site.key("viewer", &[0]), "198.51.100.7");
    site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&disabled)));
    let address_noted = |server: &Server| {
        let form = [("grant_type", "client_credentials")];
        let request = server.client.post("/oauth/token").basic(&disabled.client_id, &disabled.secret).form(&form);
        assert_eq!(request.header("X-Forwarded-For", forwarded).send().status, 401);
        noted(&site, server).pop().expect("a row").address
    };
    assert_eq!(address_noted(&site.serve()), "127.0.0.1");
    assert_eq!(address_noted(&site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1"))), forwarded);
}

// Covers: L150
#[test]
fn operators_can_look_up_every_action_and_reason() {
    let document = include_str!("../../docs/OPERATIONS.md");
    let words =
        NotedAction::ALL.iter().map(|action| action.as_str()).chain(Denial::ALL.iter().map(|reason| reason.as_str()));
    let missing: Vec<&str> = words.filter(|word| !document.contains(&format!("`{word}`"))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
