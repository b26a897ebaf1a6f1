//! Pairs of keys over HTTP: two at most, each with its own end, changed without one failed call.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, is_active, path_of, secret_of, with_role},
    on_both,
    support::{
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

fn add(caller: &Caller<'_>, key: &Credential, body: &Value) -> Response {
    caller.post(&format!("{}/pairs", path_of(key)), body)
}

fn pair(key: &Credential) -> String {
    format!("{}/pairs/{}", path_of(key), key.public_id)
}

fn pairs(caller: &Caller<'_>, key: &Credential) -> Vec<Value> {
    caller.get(&path_of(key)).json()["pairs"].as_array().expect("pairs").clone()
}

fn logs_in(server: &Server, key: &Credential) -> bool {
    server.token(key).status == 200
}

on_both! {
    // Covers: L093, L094, L096, L110, KM-03, KM-05
    #[test]
    fn two_pairs_work_side_by_side_and_end_apart(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, &with_role("viewer", &[1001]));
        let answer = add(&admin, &first, &json!({ "expires": "none" }));
        let second = secret_of(&answer);
        assert_eq!((answer.status, &second.client_id), (201, &first.client_id));
        assert_eq!(answer.header("Location").map(|place| place.ends_with(&path_of(&first))), Some(true));
        assert_refused(&add(&admin, &first, &json!({})), 409, "pair_limit");
        let shown = pairs(&admin, &first);
        let ids: Vec<&Value> = shown.iter().map(|pair| &pair["public_id"]).collect();
        assert_eq!(ids, [&json!(first.public_id), &json!(second.public_id)]);
        assert!(shown[0]["expires_at"].is_string() && shown[1]["expires_at"].is_null());

        let by_pair = server.client.post_form(
            "/oauth/token",
            (second.public_id.as_str(), &second.secret),
            &[("grant_type", "client_credentials")],
        );
        assert_eq!(by_pair.status, 200, "a pair logs in by its own id, too");
        let tokens = [server.mint(&first), server.mint(&second)];
        assert_eq!(admin.delete(&pair(&first)).status, 204);
        assert!(!logs_in(&server, &first) && !is_active(&site, &server, &tokens[0]));
        assert!(logs_in(&server, &second) && is_active(&site, &server, &tokens[1]));
        assert_refused(&admin.delete(&pair(&first)), 404, "not_found");

        assert_refused(&admin.delete(&pair(&second)), 409, "last_pair");
        assert_refused(&admin.delete(&format!("{}?even_if_last=false", pair(&second))), 409, "last_pair");
        assert_refused(&admin.delete(&format!("{}?even_if_last=yes", pair(&second))), 400, "invalid_parameter");
        assert!(logs_in(&server, &second));
        assert_eq!(admin.delete(&format!("{}?even_if_last=true", pair(&second))).status, 204);
        assert!(!logs_in(&server, &second) && !is_active(&site, &server, &tokens[1]));
        assert!(logs_in(&server, &secret_of(&add(&admin, &first, &json!({})))));
    }

    // Covers: KM-05
    #[test]
    fn the_end_of_a_key_is_the_end_of_both_pairs(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, &with_role("viewer", &[1001]));
        let second = secret_of(&add(&admin, &first, &json!({})));
        let tokens = [server.mint(&first), server.mint(&second)];
        assert_eq!(admin.post(&format!("{}/revoke", path_of(&first)), &json!({})).status, 200);
        assert!(!logs_in(&server, &first) && !logs_in(&server, &second));
        assert!(tokens.iter().all(|token| !is_active(&site, &server, token)));
    }

    // Covers: KM-04
    #[test]
    fn the_other_pair_retires_when_it_is_told_to(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let old = create(&admin, &site, &with_role("viewer", &[1001]));
        let new = secret_of(&add(&admin, &old, &json!({ "expires": "none", "retire_other_after_seconds": 3600 })));
        let ends = pairs(&admin, &old)[0]["expires_at"].clone();
        assert!(ends.is_string());
        site.clock.advance(Duration::from_secs(3590));
        assert!(logs_in(&server, &old) && logs_in(&server, &new));
        let token = server.mint(&old);
        site.clock.advance(Duration::from_secs(20));
        assert!(!logs_in(&server, &old) && logs_in(&server, &new) && !is_active(&site, &server, &token));

        let admin = Caller::admin(&site, &server);
        assert_refused(&admin.patch(&pair(&old), &json!({ "expires": "none" })), 409, "pair_expired");
        assert_refused(&add(&admin, &old, &json!({})), 409, "pair_limit");
        for after in [json!(-1), json!(1.5), json!("3600"), json!(null), json!(4_294_967_296_u64)] {
            let refused = add(&admin, &old, &json!({ "retire_other_after_seconds": after }));
            assert_refused(&refused, 422, "invalid_field");
        }
    }

    // Covers: L122, KM-04
    #[test]
    fn an_end_may_be_moved_while_it_lies_ahead(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &json!({ "name": "Key", "expires": "2099-01-01" }));
        let moved = |expires: &str| {
            let answer = admin.patch(&pair(&key), &json!({ "expires": expires }));
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["pairs"][0]["expires_at"].clone()
        };
        assert_eq!((moved("2098-01-01"), moved("none")), (json!("2098-01-01T00:00:00Z"), Value::Null));
        assert_refused(&admin.patch(&pair(&key), &json!({ "expires": "2020-01-01" })), 422, "expiry_in_the_past");
        assert_eq!(admin.patch(&pair(&key), &json!({})).json()["pairs"][0]["expires_at"], Value::Null);
        let unknown = format!("{}/pairs/0000000000000000", path_of(&key));
        for path in [unknown.as_str(), &format!("{}/pairs/x", path_of(&key))] {
            assert_refused(&admin.patch(path, &json!({ "expires": "none" })), 404, "not_found");
            assert_refused(&admin.delete(path), 404, "not_found");
        }
    }

    // Covers: L094, KM-03, KM-21
    #[test]
    fn of_many_pairs_added_at_once_to_one_place_one_is_made(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("listen.workers", "4"));
        let admin = Caller::admin(&site, &server);
        for _ in 0..3 {
            let key = create(&admin, &site, &with_role("viewer", &[1001]));
            let answers: Vec<Response> = std::thread::scope(|scope| {
                let adding: Vec<_> = (0..8).map(|_| scope.spawn(|| add(&admin, &key, &json!({})))).collect();
                adding.into_iter().map(|thread| thread.join().expect("an answer")).collect()
            });
            let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
            assert_eq!((made.len(), refused.len()), (1, 7), "{answers:?}");
            for answer in refused {
                assert_refused(answer, 409, "pair_limit");
            }
            assert!(logs_in(&server, &key) && logs_in(&server, &secret_of(made[0])));
            assert_eq!(pairs(&admin, &key).len(), 2);
        }
    }

    // Covers: L101
    #[test]
    fn a_client_that_never_stops_changes_its_secret_without_one_failed_call(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("listen.workers", "2"));
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, &with_role("viewer", &[1001]));
        let (in_use, done) = (Mutex::new(first.clone()), AtomicBool::new(false));
        let (calls, failures) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // The client has begun a call after this, and ended it.
        let wait_for_calls = || {
            let until = calls.load(Ordering::SeqCst) + 10;
            while calls.load(Ordering::SeqCst) < until {
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let key = in_use.lock().expect("a key").clone();
                    let answer = server.token(&key);
                    let works = answer.status == 200 && is_active(&site, &server, &answer.text("access_token"));
                    failures.fetch_add(usize::from(!works), Ordering::SeqCst);
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            });
            let mut old = first;
            for _ in 0..5 {
                wait_for_calls();
                let new = secret_of(&add(&admin, &old, &json!({})));
                wait_for_calls();
                new.clone_into(&mut in_use.lock().expect("a key"));
                wait_for_calls();
                assert_eq!(admin.delete(&pair(&old)).status, 204);
                assert!(!logs_in(&server, &old));
                old = new;
            }
            wait_for_calls();
            done.store(true, Ordering::SeqCst);
        });
        assert_eq!(failures.load(Ordering::SeqCst), 0, "of {} calls", calls.load(Ordering::SeqCst));
    }

    // Covers: L110, L124, KM-13
    #[test]
    fn the_last_use_of_each_pair_tells_which_may_go(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, &with_role("viewer", &[1001]));
        let second = secret_of(&add(&admin, &first, &json!({})));
        let etag = admin.get(&path_of(&first)).header("ETag").map(str::to_owned);
        assert!(pairs(&admin, &first).iter().all(|pair| pair.get("last_use").is_none()));
        server.mint(&second);
        server.mint(&second);
        server.write_notes(&site);
        let shown = admin.get(&path_of(&first));
        assert_eq!(shown.header("ETag").map(str::to_owned), etag, "to be used is not to be changed");
        let key = shown.json();
        assert_eq!(key["pairs"][0].get("last_use"), None);
        assert_eq!((&key["pairs"][1]["last_use"]["count"], &key["pairs"][1]["last_use"]["from"]), (&json!(2), &json!("127.0.0.1")));
        assert_eq!(key["last_use"]["at"], key["pairs"][1]["last_use"]["at"]);
    }
}
