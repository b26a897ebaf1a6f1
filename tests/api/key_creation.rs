//! New keys: what is answered once, what is shown afterwards, and what is refused.

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, time::Timestamp},
    manage::{self, spaces::EditSpace},
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, keys_of, path_of, secret_of, with_role},
    on_both,
    support::{http::Response, site::TestSite},
};

fn seconds(answer: &Value) -> i64 {
    answer.as_str().and_then(|text| text.parse::<Timestamp>().ok()).expect("a time").as_seconds()
}

fn keys(site: &TestSite) -> i64 {
    site.database.number("(SELECT COUNT(*) FROM api_keys)")
}

on_both! {
    // Covers: L005, L007, L009, L010, L037, L095, L110, KM-01
    #[test]
    fn a_new_key_shows_its_secret_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let answer = admin.post(&keys_of(&site), &with_role("viewer", &[1001]));
        assert_eq!((answer.status, answer.header("Cache-Control")), (201, Some("no-store")));
        let key = secret_of(&answer);
        assert_eq!(answer.header("Location").expect("a place"), format!("http://127.0.0.1:8080/api/v1{}", path_of(&key)));
        assert_eq!((key.secret.len(), answer.body.matches(&key.secret).count()), (60, 1));
        assert_eq!(server.token(&key).status, 200);

        let shown = admin.get(&path_of(&key)).json();
        assert_eq!(answer.json()["key"], shown);
        let caller = admin.get("/me").text("client_id");
        let pair = json!({
            "public_id": key.public_id, "imported": false, "hint": key.secret.get(50..54), "created_at": shown["created_at"],
            "expires_at": answer.text("expires_at"), "expired": false,
        });
        let expected = json!({
            "id": key.client_id, "client_id": key.client_id, "space": site.space, "owner": { "kind": "space" },
            "name": "Key", "description": "", "integration_type": "third_party", "internal": false, "mode": "full",
            "status": "active", "created_at": shown["created_at"], "created_by": caller,
            "roles": [{ "role": "viewer", "level": "workspace", "workspace": 1001 }], "pairs": [pair],
            "notices": ["row_level_restrictions_do_not_apply", "reports_imply_data"], "row_level_acknowledged": false,
            "allowed_networks": [],
        });
        assert_eq!(shown, expected);
        let list = admin.get(&keys_of(&site));
        assert!(list.json()["items"].as_array().expect("a list").contains(&expected), "{list:?}");
        for answer in [admin.get(&path_of(&key)), list, admin.patch(&path_of(&key), &json!({ "name": "Other" }))] {
            assert!(!answer.body.contains(key.secret.get(20..54).expect("sixty characters")), "{answer:?}");
        }
    }

    // Covers: L028, L106
    #[test]
    fn fields_that_do_not_fit_are_named_and_nothing_is_made(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let before = keys(&site);
        let (long, longest) = ("x".repeat(101), "ü".repeat(100));
        let texts = [json!("a\u{7}b"), json!("a\u{0}"), json!("a\u{202e}b"), json!("a\u{200b}b"), json!("a\u{2066}"), json!(5), json!(null), json!([])];
        let names = [json!(""), json!("   "), json!(long)];
        let descriptions = [json!("x".repeat(1001))];
        let expiries = ["91d", "", "tomorrow", "2027-02-30", "90D", "2027-13-01T00:00:00Z"].map(|text| json!(text));
        let cases: [(&str, Vec<Value>); 6] = [
            ("name", names.iter().chain(&texts).cloned().collect()),
            ("description", descriptions.iter().chain(&texts).cloned().collect()),
            ("mode", vec![json!("none"), json!("Full"), json!(1), json!(null)]),
            ("expires", expiries.into_iter().chain([json!(90), json!(null), json!({})]).collect()),
            ("roles", vec![json!("viewer"), json!(null), json!({})]),
            ("acknowledge_row_level", vec![json!("yes"), json!(1)]),
        ];
        for (member, values) in cases {
            for value in values {
                let mut body = json!({ "name": "Key" });
                body[member] = value.clone();
                let answer = admin.post(&keys_of(&site), &body);
                assert_refused(&answer, 422, "invalid_field");
                assert_eq!(answer.text("field"), format!("/{member}"), "{value}");
            }
        }
        let nested = json!({ "name": "Key", "roles": [{ "role": "viewer", "workspaces": [0] }] });
        assert_eq!(admin.post(&keys_of(&site), &nested).text("field"), "/roles/0/workspaces/0");
        assert_refused(&admin.post(&keys_of(&site), &json!({})), 422, "missing_field");
        let past = json!({ "name": "Key", "expires": "2020-01-01" });
        assert_refused(&admin.post(&keys_of(&site), &past), 422, "expiry_in_the_past");
        assert_eq!(keys(&site), before);

        let body = json!({ "name": format!(" {longest} "), "description": " For the night " });
        let made = admin.post(&keys_of(&site), &body).json();
        assert_eq!((&made["key"]["name"], &made["key"]["description"]), (&json!(longest), &json!("For the night")));
    }

    // Covers: L009, L012, K4
    #[test]
    fn nobody_sets_what_follows_from_something_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let before = admin.get(&path_of(&key)).json();
        let protected = ["id", "client_id", "client_secret", "integration_type", "internal", "status", "space", "owner",
            "created_at", "created_by", "pairs", "public_id", "hint", "last_use", "service", "notices", "secret_hash"];
        for member in protected {
            let edit = json!({ "name": "Other", member: before.get(member).cloned().unwrap_or_default() });
            for answer in [admin.patch(&path_of(&key), &edit), admin.post(&keys_of(&site), &edit)] {
                assert_refused(&answer, 400, "read_only_field");
                assert_eq!(answer.text("field"), format!("/{member}"));
            }
        }
        assert_eq!(admin.get(&path_of(&key)).json(), before);
    }

    // Covers: L106, L121, L122
    #[test]
    fn a_pair_ends_when_its_maker_says(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let create = |expires: &str| admin.post(&keys_of(&site), &json!({ "name": "Key", "expires": expires }));
        let (usual, ninety) = (admin.post(&keys_of(&site), &json!({ "name": "Key" })), create("90d"));
        for answer in [&usual, &ninety] {
            let made = answer.json();
            assert_eq!(seconds(&made["expires_at"]) - seconds(&made["key"]["created_at"]), 90 * 24 * 60 * 60);
        }
        assert_eq!(create("2099-12-31").text("expires_at"), "2099-12-31T00:00:00Z");
        assert_eq!(create("2099-12-31T12:00:00+02:00").text("expires_at"), "2099-12-31T10:00:00Z");
        let never = create("none");
        assert_eq!(never.json()["expires_at"], Value::Null);

        site.clock.advance(Duration::from_hours(90 * 24 + 1));
        assert_eq!(server.token(&secret_of(&ninety)).status, 401);
        let admin = Caller::admin(&site, &server);
        let pair = admin.get(&path_of(&secret_of(&ninety))).json()["pairs"][0].clone();
        assert_eq!(pair["expired"], true);
        site.clock.advance(Duration::from_hours(5 * 366 * 24));
        assert_eq!(server.token(&secret_of(&never)).status, 200);
    }

    // Covers: L122
    #[test]
    fn the_space_bounds_the_life_of_new_pairs_and_of_no_others(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let old = create(&admin, &site, &json!({ "name": "Key", "expires": "none" }));
        let month = Duration::from_hours(30 * 24);
        let edit = EditSpace { pair_life: Some(Some(month)), ..EditSpace::of(site.space) };
        site.change(|change, deps| manage::spaces::edit(change, deps, &Authority::OPERATOR, edit));
        assert_eq!(admin.get(&path_of(&old)).json()["pairs"][0]["expires_at"], Value::Null);

        let refused = |answer: &Response| assert_refused(answer, 422, "expiry_beyond_maximum");
        for expires in ["none", "90d", "2099-12-31"] {
            let body = json!({ "expires": expires });
            refused(&admin.post(&keys_of(&site), &json!({ "name": "Key", "expires": expires })));
            refused(&admin.post(&format!("{}/pairs", path_of(&old)), &body));
            refused(&admin.post(&format!("{}/regenerate", path_of(&old)), &body));
            refused(&admin.patch(&format!("{}/pairs/{}", path_of(&old), old.public_id), &body));
        }
        assert_eq!(server.token(&old).status, 200, "what is refused changes nothing");
        let made = admin.post(&keys_of(&site), &json!({ "name": "Key" })).json();
        assert_eq!(seconds(&made["expires_at"]) - seconds(&made["key"]["created_at"]), 30 * 24 * 60 * 60);
    }
}
