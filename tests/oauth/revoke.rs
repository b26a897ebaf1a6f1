//! Revocation: the client that got a token takes it back, for good, and nobody else can.
#![expect(clippy::string_slice, reason = "tokens, secrets and their JSON are ASCII")]

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, key_pair::ExpiryPolicy, signing_key::SigningAlgorithm},
    jobs::cleanup,
    manage::{self, key_pairs::AddPair},
    store::{self, audit::WrittenEvent},
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{
        backend::{Backend, TestDatabase},
        credential::key_id,
        http::Response,
        postgres::Cluster,
        site::{Credential, Server, TestSite},
    },
};

fn id_of(server: &Server, caller: &Credential, token: &str) -> String {
    server.introspect(caller, token)["jti"].as_str().expect("an active token").to_owned()
}

/// What the audit log holds about a token.
fn events(site: &TestSite, token_id: &str) -> Vec<WrittenEvent> {
    site.store.snapshot(|tx| store::audit::of_target(tx, token_id)).expect("a snapshot")
}

fn refusal(response: &Response) -> (u16, String) {
    (response.status, response.error())
}

on_both! {
    // Covers: RV-01, RV-08, RV-09, IN-09, I9
    #[test]
    fn a_revoked_token_is_dead_on_every_node_when_the_answer_arrives_and_no_other_is(backend) {
        let site = TestSite::new(backend);
        let (near, far) = (site.serve(), site.serve());
        let key = site.key("viewer", &[0]);
        let (doomed, other) = (near.mint(&key), far.mint(&key));
        for server in [&near, &far] {
            assert!(server.is_active(&site.resource_server, &doomed));
        }

        let response = near.revoke(&key, &doomed);
        assert_eq!((response.status, response.header("Cache-Control")), (200, Some("no-store")));
        for server in [&far, &near] {
            assert!(!server.is_active(&site.resource_server, &doomed));
            assert_eq!(server.verify(&site.resource_server, &doomed, "").status, 401);
            assert!(server.is_active(&site.resource_server, &other));
        }
        assert_eq!(near.token(&key).status, 200, "the key itself is not touched");
    }
}

on_both! {
    // Covers: RV-10, IN-09, I6, I11
    #[test]
    fn a_revocation_survives_a_restart_and_lasts_as_long_as_the_token(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        assert_eq!(server.revoke(&key, &token).status, 200);
        drop(server);
        assert!(!site.serve().is_active(&site.resource_server, &token));

        let revoked = || site.store.snapshot(|tx| store::revoked_tokens::all(tx)).expect("a snapshot").len();
        for (later, kept) in [(14, 1), (10, 1), (2, 0)] {
            site.clock.advance(Duration::from_mins(later));
            cleanup::run_once(&site.store).expect("the job runs");
            assert_eq!(revoked(), kept, "{later} minutes later");
            assert!(!site.serve().is_active(&site.resource_server, &token));
        }
        site.clock.step_back(Duration::from_mins(20));
        assert!(!site.serve().is_active(&site.resource_server, &token), "its row is gone and the clock went back");
    }
}

on_both! {
    // Covers: RV-02
    #[test]
    fn revoking_what_is_not_there_succeeds_and_does_nothing(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let (gone, expired) = (server.mint(&key), server.mint(&key));
        assert_eq!(server.revoke(&key, &gone).status, 200);
        site.clock.advance(Duration::from_mins(16));
        let live = server.mint(&key);

        let changes = || site.store.snapshot(|tx| Ok::<_, store::Error>(tx.stamp().seq)).expect("a snapshot");
        let before = changes();
        let truncated = &live[..live.len() - 1];
        for token in ["garbage", "AAAA.BBBB.CCCC", "\u{0}", &"x".repeat(50_000), &key.secret, truncated, &expired] {
            let response = server.revoke(&key, token);
            assert_eq!((response.status, response.body.as_str()), (200, "{}"), "{token}");
        }
        assert_eq!(changes(), before);
        assert!(server.is_active(&key, &live));
    }
}

on_both! {
    // Covers: RV-02
    #[test]
    fn revoking_twice_is_told_once_and_without_secrets(backend) {
        let site = TestSite::new(backend);
        let (near, far) = (site.serve(), site.serve());
        let key = site.key("viewer", &[0]);
        let token = near.mint(&key);
        let id = id_of(&near, &key, &token);
        for server in [&near, &far, &near] {
            assert_eq!(server.revoke(&key, &token).status, 200);
        }

        let written = events(&site, &id);
        let [event] = written.as_slice() else { panic!("one event, not {written:?}") };
        assert_eq!((event.actor.as_str(), event.action.as_str()), ("api_key", "token.revoke"));
        let detail: Value = serde_json::from_str(&event.detail).expect("JSON");
        assert_eq!(detail, json!({ "client_id": key.client_id, "pair": key.public_id }));
        let told = format!("{event:?}");
        assert!(!told.contains(&key.secret[20..]) && !told.contains(token.rsplit('.').next().expect("a signature")));
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM revoked_tokens)"), 1);
    }
}

// Covers: RV-02
#[test]
fn many_at_once_revoke_a_token_once() {
    let site = TestSite::new(Backend::Postgres);
    let servers = [site.serve(), site.serve()];
    let key = site.key("viewer", &[0]);
    let token = servers[0].mint(&key);
    let id = id_of(&servers[0], &key, &token);
    std::thread::scope(|scope| {
        let (key, token) = (&key, &token);
        let ask = |server: &'_ Server| server.revoke(key, token).status;
        let tries: Vec<_> = servers.iter().cycle().take(16).map(|server| scope.spawn(move || ask(server))).collect();
        for one in tries {
            assert_eq!(one.join().expect("an answer"), 200);
        }
    });
    assert_eq!(events(&site, &id).len(), 1);
}

// Covers: RV-03, I5
#[test]
fn a_wrong_hint_saves_no_token() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    for hint in ["access_token", "refresh_token", "api_key", "nonsense", ""] {
        let token = server.mint(&key);
        let form = [("token", token.as_str()), ("token_type_hint", hint)];
        assert_eq!(server.client.post_form("/oauth/revoke", key.pair(), &form).status, 200, "{hint}");
        assert!(!server.is_active(&site.resource_server, &token), "{hint}");
    }
}

// Covers: RV-04, I1, T1
#[test]
fn without_the_clients_proof_nothing_is_revoked() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let (key, other) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
    let token = server.mint(&key);
    let form = [("token", token.as_str())];
    let named = [("token", token.as_str()), ("client_id", key.client_id.as_str())];
    let post = || server.client.post("/oauth/revoke");
    let refused = [
        ("nothing", post().form(&form)),
        ("a client id alone", post().form(&named)),
        ("an empty secret", post().basic(&key.client_id, "").form(&form)),
        ("another key's secret", post().basic(&key.client_id, &other.secret).form(&form)),
        ("the token itself", post().bearer(&token).form(&form)),
    ];
    for (what, request) in refused {
        let response = request.send();
        assert_eq!(refusal(&response), (401, "invalid_client".to_owned()), "{what}");
        assert_eq!(response.header("WWW-Authenticate"), Some(r#"Basic realm="keystead""#), "{what}");
        assert!(server.is_active(&key, &token), "{what}");
    }
}

on_both! {
    // Covers: RV-05, I8
    #[test]
    fn another_clients_token_is_refused_and_lives_on(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (key, stranger) = (site.key("viewer", &[0]), site.key("viewer", &[0]));
        let token = server.mint(&key);
        let id = id_of(&server, &key, &token);
        for caller in [&stranger, &site.resource_server] {
            assert_eq!(refusal(&server.revoke(caller, &token)), (400, "invalid_grant".to_owned()));
            assert!(server.is_active(&site.resource_server, &token));
        }
        assert_eq!(events(&site, &id), []);
    }
}

// Covers: RV-01
#[test]
fn a_key_revokes_with_one_pair_what_it_got_with_the_other() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let input = AddPair { key: key_id(&key), expiry: ExpiryPolicy::Never, retire_other_after: None };
    let made = site.change(|change, deps| manage::key_pairs::add(change, deps, &Authority::OPERATOR, input));
    let second = Credential { public_id: made.public_id, secret: made.secret.expose().to_owned(), ..key.clone() };
    let token = server.mint(&key);
    assert_eq!(server.revoke(&second, &token).status, 200);
    assert!(!server.is_active(&site.resource_server, &token));
}

// Covers: RV-06
#[test]
fn a_request_must_name_one_token_in_its_body() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    let bodies: [&[(&str, &str)]; 3] = [&[], &[("token", "")], &[("token", &token), ("token", &token)]];
    for body in bodies {
        let response = server.client.post_form("/oauth/revoke", key.pair(), body);
        assert_eq!(refusal(&response), (400, "invalid_request".to_owned()));
    }
    let path = format!("/oauth/revoke?token={token}");
    let got = server.client.get(&path).basic(&key.client_id, &key.secret).send();
    assert_eq!((got.status, got.header("Allow")), (405, Some("POST")));
    let posted = server.client.post(&path).basic(&key.client_id, &key.secret).form(&[]).send();
    assert_eq!(refusal(&posted), (400, "invalid_request".to_owned()));
    assert!(server.is_active(&key, &token));
}

on_both! {
    // Covers: RV-10, I6
    #[test]
    fn a_revocation_that_cannot_be_written_is_not_confirmed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let token = server.mint(&key);
        let id = id_of(&server, &key, &token);
        let (fail, mend) = match backend {
            Backend::Sqlite => (
                "CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END",
                "DROP TRIGGER full",
            ),
            Backend::Postgres => (
                "ALTER TABLE audit_events ADD CONSTRAINT no_more CHECK (false) NOT VALID",
                "ALTER TABLE audit_events DROP CONSTRAINT no_more",
            ),
        };

        site.database.execute(fail);
        let response = server.revoke(&key, &token);
        assert_eq!(refusal(&response), (503, "temporarily_unavailable".to_owned()));
        assert!(response.header("Retry-After").is_some());
        assert!(server.is_active(&key, &token), "nothing was half done");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM revoked_tokens)"), 0);

        site.database.execute(mend);
        assert_eq!(server.revoke(&key, &token).status, 200);
        assert!(!server.is_active(&key, &token));
        assert_eq!(events(&site, &id).len(), 1);
    }
}

// Covers: RV-10, I6, G4
#[test]
fn without_its_database_the_server_confirms_nothing_and_recovers_by_itself() {
    let cluster = Cluster::start();
    let site = TestSite::on(TestDatabase::migrated_in(&cluster), vec![SigningAlgorithm::Es256]);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let (token, revoked) = (server.mint(&key), server.mint(&key));
    assert_eq!(server.revoke(&key, &revoked).status, 200);

    cluster.stop();
    let caller = site.resource_server.pair();
    let answers = [
        ("revoke", server.revoke(&key, &token)),
        ("introspect", server.client.post_form("/oauth/introspect", caller, &[("token", &token)])),
        ("introspect a revoked one", server.client.post_form("/oauth/introspect", caller, &[("token", &revoked)])),
        ("verify", server.verify(&site.resource_server, &token, "")),
        ("token", server.token(&key)),
    ];
    for (what, response) in answers {
        assert_eq!(refusal(&response), (503, "temporarily_unavailable".to_owned()), "{what}");
        let retry_after: Option<u32> = response.header("Retry-After").and_then(|seconds| seconds.parse().ok());
        assert!(retry_after.is_some_and(|seconds| seconds > 0), "{what}");
        assert_eq!(response.header("WWW-Authenticate"), None, "{what}: our trouble is no fault of the caller");
    }

    cluster.start_again();
    assert!(server.is_active(&key, &token), "what was not confirmed did not happen");
    assert!(!server.is_active(&key, &revoked), "what was confirmed is there");
    assert_eq!(server.revoke(&key, &token).status, 200);
    assert!(!server.is_active(&key, &token));
}

// Covers: RV-10, I6
#[test]
fn a_confirmed_revocation_survives_a_crash_of_the_database() {
    let cluster = Cluster::start();
    let site = TestSite::on(TestDatabase::migrated_in(&cluster), vec![SigningAlgorithm::Es256]);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let (token, revoked) = (server.mint(&key), server.mint(&key));
    assert_eq!(server.revoke(&key, &revoked).status, 200);
    cluster.crash();
    cluster.start_again();
    let made_later = site.key("viewer", &[0]);
    assert_eq!(server.token(&made_later).status, 200);
    assert_eq!(server.revoke(&key, &revoked).status, 200);
    for server in [&server, &site.serve()] {
        assert!(server.is_active(&key, &token));
        assert!(!server.is_active(&key, &revoked));
    }
    assert_eq!(server.revoke(&key, &token).status, 200, "nor does a dead connection of the pool cost a request");
    assert!(!server.is_active(&key, &token));
}
