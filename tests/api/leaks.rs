//! Anybody hands in secrets that were seen; nobody learns by the answer whether they were any good.

use std::{collections::BTreeMap, time::Duration};

use keystead::{
    crypto::secret_text::{NewSecret, SecretKind},
    domain::{
        authority::Authority,
        event::{Event, EventKind, EventOwner, EventSubject},
        key_pair::{ExpiryPolicy, PairUse},
        page::{PageRequest, PageSize},
    },
    manage::{self, key_pairs::SetExpiry, spaces::EditSpace},
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{elsewhere, path_of},
    on_both,
    support::{
        applications::application,
        credential::key_id,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

const OPERATOR: &Authority = &Authority::OPERATOR;
const ANY: &str = "the database answers";

fn hand_in(server: &Server, secrets: &[&str]) -> Response {
    send(server, &json!({ "secrets": secrets }))
}

fn send(server: &Server, body: &Value) -> Response {
    server.client.post("/api/v1/leaks").json(body).send()
}

fn leaks(site: &TestSite) -> i64 {
    site.database.number("(SELECT COUNT(*) FROM leaks)")
}

fn events(site: &TestSite) -> Vec<Event> {
    let all = PageRequest { after: None, size: PageSize::LARGEST };
    site.store.snapshot(|tx| manage::events::list(tx, OPERATOR, site.space, None, all)).expect(ANY).items
}

fn revoke_what_leaks(site: &TestSite) {
    let input = EditSpace { revoke_leaked_keys: Some(true), ..EditSpace::of(site.space) };
    site.change(|change, deps| manage::spaces::edit(change, deps, OPERATOR, input));
}

on_both! {
    // Covers: KM-23, P1
    #[test]
    fn the_answer_is_the_same_to_the_byte_whatever_was_handed_in(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (alive, dead, gone) = (site.key("viewer", &[0]), site.key("viewer", &[0]), site.key("viewer", &[0]));
        site.change(|change, deps| manage::api_keys::disable(change, deps, OPERATOR, key_id(&dead)));
        site.change(|change, deps| manage::api_keys::revoke(change, deps, OPERATOR, key_id(&gone)));
        let made_up = |kind| NewSecret::generate(kind).expect("randomness").text.expose().to_owned();
        let mut handed_in = vec![
            alive.secret.clone(), alive.secret.clone(), dead.secret, gone.secret, site.resource_server.secret.clone(),
            application(&site, |_| {}).secret, String::new(), "no secret".to_owned(), "ksk_".repeat(1_000), "\u{0}é".to_owned(),
        ];
        let mut changed = alive.secret.clone();
        changed.replace_range(30..31, if changed.as_bytes()[30] == b'a' { "b" } else { "a" });
        handed_in.push(changed);
        let kinds = [SecretKind::ApiKey, SecretKind::ClientSecret, SecretKind::Invitation, SecretKind::AuthorizationCode, SecretKind::RefreshToken, SecretKind::Session];
        handed_in.extend(kinds.map(made_up));
        let answers: Vec<_> = handed_in.iter().map(|secret| seen(&hand_in(&server, &[secret]))).collect();
        for (answer, secret) in answers.iter().zip(&handed_in) {
            assert_eq!(answer, &answers[0], "{secret}");
        }
        assert_eq!((answers[0].0, answers[0].1.as_str()), (202, r#"{"received":1}"#));
        assert_eq!(leaks(&site), 4, "of two keys, the resource server and the application");

        revoke_what_leaks(&site);
        assert_eq!(seen(&hand_in(&server, &[&alive.secret])), answers[0], "that a pair ends changes nothing either");
        assert_eq!(seen(&hand_in(&server, &[&alive.secret])), answers[0]);
    }

    // Covers: KM-23
    #[test]
    fn a_leak_is_noted_audited_and_told_to_the_owner_once_however_often_it_is_reported(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        std::thread::scope(|threads| {
            for _ in 0..50 {
                threads.spawn(|| assert_eq!(hand_in(&server, &[&key.secret]).status, 202));
            }
        });
        assert_eq!(leaks(&site), 1);
        assert_eq!(site.database.number("(SELECT reports FROM leaks)"), 50);
        let told = events(&site);
        let [Event { told, .. }] = told.as_slice() else { panic!("one event: {told:?}") };
        assert_eq!((told.kind, told.owner), (EventKind::KeyLeaked, EventOwner::Space(site.space)));
        assert_eq!(told.subject, EventSubject::ApiKey(key_id(&key), Some(key.public_id)));
        assert_eq!((&told.detail["revoked"], &told.detail["name"]), (&json!(false), &json!("Key")));
        let audited = site.store.snapshot(|tx| store::audit::of_target(tx, &key.client_id)).expect(ANY);
        let of_leak: Vec<_> = audited.iter().filter(|event| event.action == "key_pair.leak_reported").collect();
        assert_eq!((of_leak.len(), of_leak[0].actor.as_str()), (1, "system"));
        assert_eq!(site.database.text("(SELECT address FROM audit_events WHERE action = 'key_pair.leak_reported')"), "127.0.0.1");
        assert_eq!(server.token(&key).status, 200, "the space does not say that it ends");
    }

    // Covers: KM-23
    #[test]
    fn where_the_space_says_so_the_pair_and_its_tokens_are_dead_on_every_node_when_the_answer_comes(backend) {
        let site = TestSite::new(backend);
        let (server, other) = (site.serve(), site.serve());
        let key = site.key("viewer", &[0]);
        let spare = Caller::admin(&site, &server).post(&format!("{}/pairs", path_of(&key)), &json!({}));
        let spare = Credential { secret: spare.text("client_secret"), ..key.clone() };
        let (token, of_spare) = (other.mint(&key), other.mint(&spare));
        assert!(other.is_active(&site.resource_server, &token));
        revoke_what_leaks(&site);
        assert_eq!(hand_in(&server, &[&key.secret]).status, 202);
        assert!(!other.is_active(&site.resource_server, &token));
        assert_eq!(other.token(&key).status, 401);
        assert!(other.is_active(&site.resource_server, &of_spare), "the other pair lives on");
        assert_eq!(events(&site)[0].told.detail["revoked"], json!(true));

        assert_eq!(hand_in(&server, &[&key.secret, &key.secret]).status, 202);
        assert_eq!((leaks(&site), events(&site).len(), site.database.number("(SELECT reports FROM leaks)")), (1, 1, 2));
    }

    // Covers: KM-23
    #[test]
    fn a_leak_that_was_known_ends_the_pair_when_it_is_reported_after_the_space_says_so(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (key, application) = (site.key("viewer", &[0]), application(&site, |_| {}));
        assert_eq!(hand_in(&server, &[&key.secret, &application.secret]).status, 202);
        assert_eq!(server.token(&key).status, 200);
        revoke_what_leaks(&site);
        assert_eq!(hand_in(&server, &[&key.secret, &application.secret, &site.resource_server.secret]).status, 202);
        assert_eq!(server.token(&key).status, 401);
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM application_pairs)"), 0);
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM resource_server_pairs)"), 1, "no space says anything of it");
        assert_eq!((leaks(&site), site.database.number("(SELECT COUNT(*) FROM leaks WHERE revoked_at IS NOT NULL)")), (3, 2));
    }

    // Covers: KM-23
    #[test]
    fn the_key_shows_its_leak_and_whoever_manages_it_what_is_known_of_its_use(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = site.key("viewer", &[0]);
        let at = site.store.now().expect(ANY);
        let used = |count| {
            let one = PairUse { pair: key.public_id, key: key_id(&key), at, from: "192.0.2.7".parse().ok(), count };
            store::pair_uses::record(&site.store, &[one]).expect("it is noted");
        };
        used(3);
        assert_eq!(admin.get(&format!("{}/leaks", path_of(&key))).json()["items"], json!([]));
        assert_eq!(send(&server, &json!({ "secrets": [key.secret], "source": "a wiki" })).status, 202);
        used(2);
        let leak = admin.get(&format!("{}/leaks", path_of(&key))).json()["items"][0].clone();
        for (member, wanted) in [
            ("pair", json!(key.public_id)), ("pair_exists", json!(true)), ("reports", json!(1)), ("network", json!("127.0.0.0/24")),
            ("source", json!("a wiki")), ("uses_since", json!(2)), ("last_used_from", json!("192.0.2.7")), ("last_used_at", json!(at)),
        ] {
            assert_eq!(leak[member], wanted, "{member}");
        }
        let shown = admin.get(&path_of(&key)).json();
        assert_eq!(shown["pairs"][0]["leaked_at"], leak["reported_at"]);

        let stranger = Caller::with_key(&server, &elsewhere(&site).admin);
        assert_refused(&stranger.get(&format!("{}/leaks", path_of(&key))), 404, "not_found");
        assert_refused(&Caller::nobody(&site, &server).get(&format!("{}/leaks", path_of(&key))), 403, "missing_permission");

        revoke_what_leaks(&site);
        hand_in(&server, &[&key.secret]);
        let leak = admin.get(&format!("{}/leaks", path_of(&key))).json()["items"][0].clone();
        assert_eq!((&leak["pair_exists"], &leak["reports"]), (&json!(false), &json!(2)));
        assert!(leak["revoked_at"].is_string(), "{leak}");
    }

    // Covers: KM-23
    #[test]
    fn secrets_of_expired_pairs_are_known_and_what_a_stranger_writes_holds_no_secret(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("viewer", &[0]);
        let end = ExpiryPolicy::At(site.store.now().expect(ANY).plus(Duration::from_mins(1)));
        let input = SetExpiry { key: key_id(&key), pair: key.public_id, expiry: end };
        site.change(|change, deps| manage::key_pairs::set_expiry(change, deps, OPERATOR, input));
        site.clock.advance(Duration::from_mins(2));
        let cut: String = key.secret.chars().take(40).collect();
        assert_eq!(send(&server, &json!({ "secrets": [key.secret], "source": format!("in log: {cut}") })).status, 202);
        assert_eq!((leaks(&site), site.database.text("(SELECT source FROM leaks)")), (1, "withheld: it holds a secret".to_owned()));
    }

    // Covers: KM-23, K4, K6
    #[test]
    fn reports_of_another_form_are_refused_by_their_form_and_never_repeated(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("limits.leak_reports_per_minute", "1000"));
        let secret = &site.key("viewer", &[0]).secret;
        let many = vec![secret; 21];
        for body in [
            json!({ "secrets": secret }), json!({ "secrets": [] }), json!({ "secrets": many }), json!({ "secrets": [{ "a": secret }] }),
            json!({ "secrets": [secret], "source": "x".repeat(201) }), json!({ "secrets": [secret], "source": format!("{secret}\n") + "x" }),
            json!({ "secrets": [secret], "source": [secret] }),
        ] {
            let answer = send(&server, &body);
            assert_refused(&answer, 422, "invalid_field");
            assert!(!answer.body.contains(secret.as_str()), "{}", answer.body);
        }
        assert_refused(&send(&server, &json!({})), 422, "missing_field");
        assert_refused(&send(&server, &json!({ "secrets": [secret], "key": "x" })), 400, "unknown_field");
        assert_refused(&server.client.post("/api/v1/leaks?x=1").json(&json!({ "secrets": [secret] })).send(), 400, "unknown_parameter");
        assert_refused(&send(&server, &json!({ "secrets": ["x".repeat(70_000)] })), 413, "body_too_large");
        assert_eq!(leaks(&site), 0);
        assert_eq!(send(&server, &json!({ "secrets": vec![secret; 20], "source": "s" })).body, r#"{"received":20}"#);
    }

    // Covers: KM-23, P2
    #[test]
    fn who_reports_too_often_is_told_when_to_come_again(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("limits.leak_reports_per_minute", "3"));
        let key = site.key("viewer", &[0]);
        for _ in 0..3 {
            assert_eq!(hand_in(&server, &["x"]).status, 202);
        }
        let slowed = hand_in(&server, &[&key.secret]);
        assert_refused(&slowed, 429, "too_many_requests");
        let seconds: u64 = slowed.header("Retry-After").and_then(|seconds| seconds.parse().ok()).expect("seconds");
        assert_eq!(leaks(&site), 0);
        site.clock.advance(Duration::from_secs(seconds));
        assert_eq!(hand_in(&server, &[&key.secret]).status, 202);
        assert_eq!(leaks(&site), 1);
    }
}

/// What an answer shows: status, body and headers but those that tell every answer from every other.
fn seen(answer: &Response) -> (u16, String, BTreeMap<String, String>) {
    let mut headers: BTreeMap<String, String> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().expect("ASCII").to_owned()))
        .collect();
    for own in ["date", "x-request-id"] {
        headers.remove(own);
    }
    (answer.status, answer.body.clone(), headers)
}
