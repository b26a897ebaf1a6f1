//! What is done to a key as a whole, to its roles and to its mode.

use serde_json::{Value, json};

use super::scene::{Scene, new_credential, role, viewer};
use crate::on_both;

on_both! {
    // Covers: L113, C09, KM-06, I9, IN-09
    #[test]
    fn a_key_is_disabled_and_enabled(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([viewer(&[1001, 1002])]));
            let id = watched.id();
            scene.make(way, &format!("POST /keys/{id}/disable"), &json!({}), &["key", "disable", id]);
            scene.assert_dead(&watched);
            scene.assert_others_live();
            assert_eq!(scene.shown(id)["status"], "disabled");

            scene.make(way, &format!("POST /keys/{id}/enable"), &json!({}), &["key", "enable", id]);
            scene.assert_token_dead(&watched);
            scene.renewed(&watched);
            scene.assert_token_dead(&watched);
        }
    }

    // Covers: L040, L008, L042, L043, L045, C09, KM-05, KM-06, I9, IN-09
    #[test]
    fn a_key_is_revoked_and_comes_back_with_another_secret_only(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([viewer(&[1001])]));
            let id = watched.id();
            scene.make(way, &format!("POST /keys/{id}/revoke"), &json!({}), &["key", "revoke", id]);
            scene.assert_dead(&watched);
            scene.assert_others_live();
            assert_eq!(scene.refused(&format!("POST /keys/{id}/enable"), &json!({})), "key_revoked");
            let shown = scene.shown(id);
            assert_eq!((&shown["status"], &shown["pairs"]), (&json!("revoked"), &json!([])));

            let body = json!({ "expires": "none" });
            let command = ["key", "regenerate", "--expires", "none", id];
            let made = scene.make(way, &format!("POST /keys/{id}/regenerate"), &body, &command);
            scene.assert_dead(&watched);
            let back = scene.watch(new_credential(&made));
            assert_eq!((back.id(), &back.roles), (id, &watched.roles));
            assert_eq!(scene.shown(id)["status"], "active");
            scene.assert_dead(&watched);
        }
    }

    // Covers: L046, L043, C09, KM-05, I9
    #[test]
    fn an_active_key_is_regenerated_and_all_that_was_before_is_dead(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let first = scene.key_with(&json!([viewer(&[1001])]));
            let id = first.id();
            let body = json!({ "expires": "none" });
            let second = scene.watch(new_credential(&scene.administer(&format!("POST /keys/{id}/pairs"), &body)));

            let command = ["key", "regenerate", "--expires", "none", id];
            let made = scene.make(way, &format!("POST /keys/{id}/regenerate"), &body, &command);
            scene.assert_dead(&first);
            scene.assert_dead(&second);
            scene.assert_others_live();
            let new = scene.watch(new_credential(&made));
            assert_eq!((new.id(), &new.roles), (id, &first.roles));
            scene.assert_dead(&first);
        }
    }

    // Covers: C09, I9, IN-09
    #[test]
    fn the_tokens_of_a_key_are_revoked_and_its_secret_stays(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([viewer(&[1001])]));
            let id = watched.id();
            scene.make(way, &format!("POST /keys/{id}/revoke-tokens"), &json!({}), &["key", "revoke-tokens", id]);
            scene.assert_token_dead(&watched);
            scene.assert_others_live();
            scene.renewed(&watched);
            scene.assert_token_dead(&watched);
        }
    }

    // Covers: C09, KM-05, I9
    #[test]
    fn a_key_is_deleted_and_there_is_no_way_back(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([viewer(&[1001])]));
            let id = watched.id();
            scene.make(way, &format!("DELETE /keys/{id}"), &Value::Null, &["key", "delete", id]);
            scene.assert_dead(&watched);
            scene.assert_others_live();
            assert_eq!(scene.refused_command(&["key", "show", id]), "not_found");
            assert_eq!(scene.refused(&format!("POST /keys/{id}/regenerate"), &json!({})), "not_found");
            let next = scene.key_with(&json!([viewer(&[1001])]));
            assert_ne!(next.id(), id);
            scene.assert_dead(&watched);
        }
    }
}

on_both! {
    // Covers: L039, KM-08, I9, IN-15
    #[test]
    fn roles_of_a_key_shrink_at_once_and_grow_in_new_tokens(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([viewer(&[1001, 1002])]));
            let id = watched.id();
            assert_eq!(watched.roles, json!({ "1001": ["viewer"], "1002": ["viewer"] }));
            assert_eq!(scene.at_gateways(&watched, "?workspace=1002"), [200, 200]);

            let less = json!({ "roles": [viewer(&[1001])] });
            let command = ["key", "roles", "set", id, "viewer@1001"];
            scene.make(way, &format!("PUT /keys/{id}/roles"), &less, &command);
            scene.assert_has(&watched, &json!({ "1001": ["viewer"] }));
            assert_eq!(scene.at_gateways(&watched, "?workspace=1002"), [403, 403]);
            assert_eq!(scene.at_gateways(&watched, "?workspace=1001"), [200, 200]);
            scene.assert_others_live();

            let more = role("editor", &[1001, 1002]);
            scene.make(way, &format!("POST /keys/{id}/roles"), &more, &["key", "give-role", id, "editor@1001,1002"]);
            let again = viewer(&[1002]);
            scene.make(way, &format!("POST /keys/{id}/roles"), &again, &["key", "give-role", id, "viewer@1002"]);
            scene.assert_has(&watched, &json!({ "1001": ["viewer"] }));
            assert_eq!(scene.at_gateways(&watched, "?workspace=1002"), [403, 200]);
            let new = scene.renewed(&watched);
            assert_eq!(new.roles, json!({ "1001": ["editor", "viewer"], "1002": ["editor", "viewer"] }));

            let taken = format!("DELETE /keys/{id}/roles/editor?workspace=1001");
            scene.make(way, &taken, &Value::Null, &["key", "take-role", id, "editor@1001"]);
            scene.assert_has(&new, &json!({ "1001": ["viewer"], "1002": ["editor", "viewer"] }));
            scene.assert_has(&watched, &json!({ "1001": ["viewer"] }));
        }
    }

    // Covers: L056, I9
    #[test]
    fn a_key_that_may_only_read_from_now_on_writes_no_more_with_any_token(backend) {
        let scene = Scene::new(backend);
        for way in scene.ways() {
            let watched = scene.key_with(&json!([role("editor", &[1001])]));
            let id = watched.id();
            let writing = "?workspace=1001&permission=data.write&scope=write";
            let set = |mode: &str| {
                let body = json!({ "mode": mode });
                scene.make(way, &format!("PATCH /keys/{id}"), &body, &["key", "edit", "--mode", mode, id]);
            };
            assert_eq!(scene.introspection(&watched.token)["scope"], "read write");
            assert_eq!(scene.at_gateways(&watched, writing), [200, 200]);

            set("read_only");
            assert_eq!(scene.at_gateways(&watched, writing), [403, 403]);
            let said = scene.introspection(&watched.token);
            assert_eq!(said["scope"], "read");
            assert!(!said["permissions"].to_string().contains("data.write"), "{said}");
            scene.assert_lives(&watched);
            scene.assert_others_live();

            set("full");
            // What a token has lost does not come back to it.
            assert_eq!(scene.at_gateways(&watched, writing), [403, 200]);
            assert_eq!(scene.at_gateways(&scene.renewed(&watched), writing), [200, 200]);
        }
    }
}
