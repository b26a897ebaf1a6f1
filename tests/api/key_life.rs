//! The life of a key: renamed, disabled, revoked, regenerated, deleted; and what is true of its tokens afterwards.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, is_active, keys_of, path_of, rights, secret_of, with_role},
    on_both,
    support::{
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

fn act(caller: &Caller<'_>, key: &Credential, verb: &str) -> Response {
    caller.post(&format!("{}/{verb}", path_of(key)), &json!({}))
}

fn status(answer: &Response) -> (u16, String) {
    (answer.status, answer.text("status"))
}

fn logs_in(server: &Server, key: &Credential) -> bool {
    server.token(key).status == 200
}

on_both! {
    // Covers: L038, RA-02
    #[test]
    fn a_renamed_key_is_the_same_key(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let token = server.mint(&key);
        let edit = json!({ "name": " Night ", "description": "Reports" });
        let edited = admin.patch(&path_of(&key), &edit);
        assert_eq!((edited.text("name").as_str(), edited.text("description").as_str()), ("Night", "Reports"));
        assert_eq!(admin.patch(&path_of(&key), &json!({ "description": null })).text("description"), "");
        assert_eq!(admin.patch(&path_of(&key), &json!({})).text("name"), "Night");
        for (member, value) in [("name", json!("")), ("name", json!(null)), ("name", json!("x\u{202e}")), ("description", json!("\u{200b}"))] {
            let refused = admin.patch(&path_of(&key), &json!({ member: value }));
            assert_refused(&refused, 422, "invalid_field");
        }
        assert_eq!(admin.get(&path_of(&key)).text("name"), "Night");
        assert!(is_active(&site, &server, &token) && logs_in(&server, &key));
    }

    // Covers: L113, KM-06, L111
    #[test]
    fn a_disabled_key_comes_back_with_its_secret_and_without_its_tokens(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let token = server.mint(&key);
        assert_eq!(status(&act(&admin, &key, "disable")), (200, "disabled".to_owned()));
        assert!(!logs_in(&server, &key) && !is_active(&site, &server, &token));
        assert_eq!(server.verify(&site.resource_server, &token, "").status, 401);
        assert_refused(&act(&admin, &key, "disable"), 409, "already_disabled");
        assert_eq!(status(&act(&admin, &key, "enable")), (200, "active".to_owned()));
        assert!(logs_in(&server, &key) && !is_active(&site, &server, &token));
        assert_refused(&act(&admin, &key, "enable"), 409, "not_disabled");
    }

    // Covers: L008, L040, L042, L043, L045, KM-06
    #[test]
    fn a_revoked_key_comes_back_with_a_new_secret_only(backend) {
        let site = TestSite::new(backend);
        let (server, second_node) = (site.serve(), site.serve());
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let token = server.mint(&key);
        let before = admin.get(&path_of(&key)).json();
        assert_eq!(status(&act(&admin, &key, "revoke")), (200, "revoked".to_owned()));
        for node in [&server, &second_node] {
            assert!(!logs_in(node, &key) && !is_active(&site, node, &token));
        }
        assert_eq!(admin.get(&path_of(&key)).json()["pairs"], json!([]));
        assert_refused(&act(&admin, &key, "revoke"), 409, "already_revoked");
        assert_refused(&act(&admin, &key, "enable"), 409, "key_revoked");
        assert_refused(&act(&admin, &key, "disable"), 409, "key_revoked");
        assert_refused(&act(&admin, &key, "pairs"), 409, "key_revoked");

        let answer = act(&admin, &key, "regenerate");
        let new = secret_of(&answer);
        assert_eq!((&new.client_id, answer.status), (&key.client_id, 200));
        assert_ne!(new.secret, key.secret);
        let after = answer.json()["key"].clone();
        assert_eq!((&after["status"], &after["roles"]), (&json!("active"), &before["roles"]));
        assert!(logs_in(&second_node, &new) && !logs_in(&second_node, &key) && !is_active(&site, &server, &token));
    }

    // Covers: L046
    #[test]
    fn regenerating_an_active_key_ends_all_its_pairs_and_tokens(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let first = create(&admin, &site, &with_role("viewer", &[1001]));
        let second = secret_of(&act(&admin, &first, "pairs"));
        let tokens = [server.mint(&first), server.mint(&second)];
        let new = secret_of(&admin.post(&format!("{}/regenerate", path_of(&first)), &json!({ "expires": "none" })));
        assert!(!logs_in(&server, &first) && !logs_in(&server, &second) && logs_in(&server, &new));
        assert!(tokens.iter().all(|token| !is_active(&site, &server, token)));
        assert_eq!(admin.get(&path_of(&new)).json()["pairs"].as_array().map(Vec::len), Some(1));
    }

    // Covers: L100
    #[test]
    fn tokens_may_be_ended_alone_and_a_lost_secret_replaced(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("viewer", &[1001]));
        let token = server.mint(&key);
        assert_eq!(status(&act(&admin, &key, "revoke-tokens")), (200, "active".to_owned()));
        assert!(!is_active(&site, &server, &token) && logs_in(&server, &key));
        let new = secret_of(&act(&admin, &key, "pairs"));
        assert_eq!(admin.delete(&format!("{}/pairs/{}", path_of(&key), key.public_id)).status, 204);
        assert!(!logs_in(&server, &key) && logs_in(&server, &new));
        assert!(logs_in(&server, &create(&admin, &site, &with_role("viewer", &[1001]))));
    }

    // Covers: L124, L111
    #[test]
    fn a_key_is_deleted_whatever_its_status(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for verb in [None, Some("disable"), Some("revoke")] {
            let key = create(&admin, &site, &with_role("viewer", &[1001]));
            let token = server.mint(&key);
            if let Some(verb) = verb {
                assert_eq!(act(&admin, &key, verb).status, 200);
            }
            assert_eq!(admin.delete(&path_of(&key)).status, 204);
            assert!(!logs_in(&server, &key) && !is_active(&site, &server, &token));
            assert_refused(&admin.get(&path_of(&key)), 404, "not_found");
            assert_refused(&act(&admin, &key, "regenerate"), 404, "not_found");
            assert_refused(&admin.delete(&path_of(&key)), 404, "not_found");
        }
    }

    // Covers: L056
    #[test]
    fn narrowing_a_key_counts_at_once(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let key = create(&admin, &site, &with_role("editor", &[1001]));
        let token = server.mint(&key);
        let permitted = || server.introspect(&site.resource_server, &token)["permissions"].to_string();
        assert!(permitted().contains("data.write"));
        assert_eq!(admin.patch(&path_of(&key), &json!({ "mode": "read_only" })).text("mode"), "read_only");
        assert!(!permitted().contains("data.write") && permitted().contains("data.read"));
        assert_eq!(server.token_with(&key, &[("scope", "write")]).error(), "invalid_scope");
        assert_eq!(rights(&site, &server, &server.mint(&key)).1, json!({ "1001": ["editor"] }));
        assert_refused(&admin.patch(&path_of(&key), &json!({ "user_roles": "inherit" })), 422, "own_roles_only");
    }

    // Covers: L021, L110, K9
    #[test]
    fn keys_are_listed_by_status_and_name(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let named = |name: &str| create(&admin, &site, &json!({ "name": name }));
        let (night, nightly, other) = (named("Night 100%"), named("NIGHTLY"), named("Other"));
        act(&admin, &nightly, "disable");
        act(&admin, &other, "revoke");
        let ids = |query: &str| -> Vec<Value> {
            let answer = admin.get(&format!("{}?{query}", keys_of(&site)));
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect()
        };
        assert_eq!(ids("q=night"), [json!(night.client_id), json!(nightly.client_id)]);
        assert_eq!(ids("q=100%25"), [json!(night.client_id)]);
        assert_eq!(ids("q=night&status=active"), [json!(night.client_id)]);
        assert_eq!((ids("status=disabled"), ids("status=revoked")), (vec![json!(nightly.client_id)], vec![json!(other.client_id)]));
        assert_refused(&admin.get(&format!("{}?status=gone", keys_of(&site))), 400, "invalid_parameter");

        let all = ids("limit=200");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{}?limit=2{cursor}", keys_of(&site))).json();
            seen.extend(page["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            let foreign = admin.get(&format!("{}?status=active&cursor={next}", keys_of(&site)));
            assert_refused(&foreign, 400, "invalid_cursor");
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, all);
    }
}
