//! The keys of the product's services: seen beside the others, regenerated, and nothing else.

use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    key_world::{create, is_active, keys_of, path_of, rights, secret_of, with_role},
    on_both,
    support::{
        http::Response,
        site::{Credential, TestSite},
    },
};

fn internal_keys(admin: &Caller<'_>, site: &TestSite) -> Vec<Value> {
    let list = admin.get(&keys_of(site)).json();
    let all = list["items"].as_array().expect("a list").iter();
    let mut keys: Vec<Value> = all.filter(|key| key["internal"] == true).cloned().collect();
    keys.sort_by_key(|key| key["service"].to_string());
    keys
}

fn regenerate(admin: &Caller<'_>, key: &Value) -> Credential {
    secret_of(&admin.post(&format!("/keys/{}/regenerate", key["id"].as_str().expect("an id")), &json!({})))
}

on_both! {
    // Covers: L019, L021, L024, L026
    #[test]
    fn they_are_listed_marked_and_act_where_their_service_does(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        create(&admin, &site, &with_role("viewer", &[1001]));
        let keys = internal_keys(&admin, &site);
        let services: Vec<&Value> = keys.iter().map(|key| &key["service"]).collect();
        assert_eq!(services, ["bridge_service", "product_bridge_service", "synchronizer_service"]);
        for key in &keys {
            assert_eq!((&key["integration_type"], &key["pairs"]), (&key["service"], &json!([])));
            let token = server.mint(&regenerate(&admin, key));
            let service = key["service"].as_str().expect("a word");
            let expected = match service {
                "synchronizer_service" => (json!([]), json!({ "*": [service] })),
                _ => (json!([service]), Value::Null),
            };
            assert_eq!(rights(&site, &server, &token), expected);
        }
    }

    // Covers: L025, L034
    #[test]
    fn the_synchronizer_has_workspaces_that_are_made_later(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let synchronizer = internal_keys(&admin, &site).swap_remove(2);
        assert_eq!(synchronizer["roles"], json!([{ "role": "synchronizer_service", "level": "workspace" }]));
        let token = server.mint(&regenerate(&admin, &synchronizer));
        let made = admin.post(&format!("/spaces/{}/workspaces", site.space), &json!({ "name": "Third" }));
        let needs = format!("workspace={}", made.json()["number"]);
        assert_eq!(server.verify(&site.resource_server, &token, &needs).status, 200);
        let ordinary = server.mint(&create(&admin, &site, &with_role("viewer", &[1001, 1002])));
        assert_eq!(server.verify(&site.resource_server, &ordinary, &needs).status, 403);
    }

    // Covers: L020, L022, L023
    #[test]
    fn people_regenerate_them_and_do_nothing_else(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for shown in internal_keys(&admin, &site) {
            let key = regenerate(&admin, &shown);
            let token = server.mint(&key);
            let path = path_of(&key);
            let before = admin.get(&path).json();
            let post = |verb: &str, body: &Value| admin.post(&format!("{path}/{verb}"), body);
            let pair = format!("{path}/pairs/{}", key.public_id);
            let refused: [Response; 12] = [
                admin.patch(&path, &json!({ "name": "Mine" })),
                admin.patch(&path, &json!({})),
                admin.delete(&path),
                post("revoke", &json!({})),
                post("disable", &json!({})),
                post("enable", &json!({})),
                post("revoke-tokens", &json!({})),
                post("pairs", &json!({})),
                admin.delete(&pair),
                post("roles", &json!({ "role": "viewer", "workspaces": [1001] })),
                admin.call("PUT", &format!("{path}/roles")).json(&json!({ "roles": [] })).send(),
                admin.delete(&format!("{path}/roles/viewer?workspace=1001")),
            ];
            for answer in &refused {
                assert_refused(answer, 403, "internal_key");
            }
            assert_refused(&admin.patch(&pair, &json!({ "expires": "none" })), 403, "internal_key");
            assert_eq!(admin.get(&path).json(), before);
            assert!(is_active(&site, &server, &token), "a refusal changes nothing");

            let again = regenerate(&admin, &shown);
            assert!(!is_active(&site, &server, &token));
            assert_eq!((server.token(&key).status, server.token(&again).status), (401, 200));
        }
        for role in ["bridge_service", "synchronizer_service", "product_bridge_service"] {
            assert_refused(&admin.post(&keys_of(&site), &with_role(role, &[])), 403, "internal_role");
        }
    }
}
