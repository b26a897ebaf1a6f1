//! Creations that are asked for again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::{http::Response, site::TestSite},
};

fn create(caller: &Caller<'_>, site: &TestSite, key: &str, body: &Value) -> Response {
    let path = format!("/spaces/{}/workspaces", site.space);
    caller.call("POST", &path).header("Idempotency-Key", key).json(body).send()
}

fn workspaces(site: &TestSite) -> i64 {
    site.database.number("(SELECT COUNT(*) FROM workspaces)")
}

on_both! {
    // Covers: KM-19
    #[test]
    fn the_same_request_is_answered_again_and_not_made_again(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, "one", &json!({ "name": "New" }));
        assert_eq!(first.status, 201);
        assert_eq!(first.header("Location"), Some("http://127.0.0.1:8080/api/v1/workspaces/1003"));
        let again = create(&admin, &site, "one", &json!({ "name": "New" }));
        assert_eq!((again.status, again.json(), workspaces(&site)), (200, first.json(), 3));
        assert_eq!(again.header("Location"), first.header("Location"));

        assert_refused(&create(&admin, &site, "one", &json!({ "name": "Other" })), 422, "idempotency_key_reused");
        assert_refused(&create(&admin, &site, "two", &json!({ "name": "New" })), 409, "name_taken");
        // A refusal is no answer to keep: the same key may succeed later.
        assert_eq!(create(&admin, &site, "two", &json!({ "name": "Newer" })).status, 201);
        // Keys belong to callers.
        let other = Caller::admin(&site, &server);
        assert_refused(&create(&other, &site, "one", &json!({ "name": "New" })), 409, "name_taken");
    }

    // Covers: KM-19
    #[test]
    fn an_answer_is_kept_for_a_day(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let key = site.key("space_admin", &[]);
        assert_eq!(create(&Caller::with_key(&server, &key), &site, "one", &json!({ "name": "New" })).status, 201);
        site.clock.advance(Duration::from_hours(23));
        assert_eq!(create(&Caller::with_key(&server, &key), &site, "one", &json!({ "name": "New" })).status, 200);
        site.clock.advance(Duration::from_hours(2));
        let late = Caller::with_key(&server, &key);
        assert_refused(&create(&late, &site, "one", &json!({ "name": "New" })), 409, "name_taken");
        assert_eq!(create(&late, &site, "one", &json!({ "name": "Newer" })).status, 201);

        site.clock.advance(Duration::from_hours(25));
        let cleaned = keystead::jobs::cleanup::run_once(&site.store).expect("cleans up");
        assert_eq!(cleaned.idempotent_answers, 1);
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM idempotent_answers)"), 0);
    }

    // Covers: KM-19
    #[test]
    fn of_two_equal_requests_at_the_same_time_one_makes_it(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("listen.workers", "4"));
        let admin = Caller::admin(&site, &server);
        for round in 0..10_i64 {
            let (key, body) = (format!("key-{round}"), json!({ "name": format!("Round {round}") }));
            let answers: Vec<Response> = std::thread::scope(|scope| {
                let asking: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| create(&admin, &site, &key, &body))).collect();
                asking.into_iter().map(|asking| asking.join().expect("an answer")).collect()
            });
            let made = answers.iter().filter(|answer| answer.status == 201).count();
            assert_eq!((made, workspaces(&site)), (1, 3 + round), "{answers:?}");
            assert!(answers.iter().all(|answer| answer.json() == answers[0].json()), "{answers:?}");
        }
    }

    // Covers: KM-19
    #[test]
    fn a_key_has_1_to_64_visible_characters(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for key in ["", "a b", &"x".repeat(65)] {
            let refused = create(&admin, &site, key, &json!({ "name": "New" }));
            assert_refused(&refused, 400, "invalid_idempotency_key");
        }
        assert_eq!(create(&admin, &site, &"x".repeat(64), &json!({ "name": "New" })).status, 201);
    }
}
