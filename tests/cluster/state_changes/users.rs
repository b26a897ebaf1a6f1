//! What becomes of keys when their user is disabled, switched off or deleted.

use serde_json::{Value, json};

use super::scene::{Scene, Watched, viewer};
use crate::on_both;

/// A key that has all roles of the user, and one with a choice of them.
fn keys_of(scene: &Scene, user: &str) -> [Watched; 2] {
    [scene.key_of(user, None), scene.key_of(user, Some(&json!([viewer(&[1001])])))]
}

on_both! {
    // Covers: L085, L126, C08, K5, I9, IN-09
    #[test]
    fn a_user_is_disabled_and_enabled_with_or_without_the_keys(backend) {
        let scene = Scene::new(backend);
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let user = scene.user(login, &[viewer(&[1001, 1002])]);
            let keys = keys_of(&scene, &user);
            let disable = || {
                scene.make(way, &format!("POST /users/{user}/disable"), &json!({}), &["user", "disable", &user]);
            };
            disable();
            for key in &keys {
                scene.assert_dead(key);
                let shown = scene.shown(key.id());
                assert_eq!((&shown["status"], &shown["status_reason"]), (&json!("disabled"), &json!("owner_disabled")));
            }
            scene.assert_others_live();
            let body = json!({ "name": "Key" });
            assert_eq!(scene.refused(&format!("POST /users/{user}/keys"), &body), "owner_disabled");
            let enabling = format!("POST /keys/{}/enable", keys[0].id());
            assert_eq!(scene.refused(&enabling, &json!({})), "owner_disabled");

            // Without the keys they stay disabled, until somebody enables one by itself.
            scene.make(way, &format!("POST /users/{user}/enable"), &json!({}), &["user", "enable", &user]);
            for key in &keys {
                scene.assert_dead(key);
            }
            scene.make(way, &enabling, &json!({}), &["key", "enable", keys[0].id()]);
            scene.assert_token_dead(&keys[0]);
            scene.assert_dead(&keys[1]);
            let restored = scene.renewed(&keys[0]);
            assert_eq!(restored.roles, keys[0].roles);

            // With the keys those come back that worked before, and no token does.
            disable();
            scene.assert_dead(&restored);
            let body = json!({ "restore_keys": true });
            let command = ["user", "enable", "--restore-keys", &user];
            scene.make(way, &format!("POST /users/{user}/enable"), &body, &command);
            scene.assert_token_dead(&restored);
            scene.assert_token_dead(&keys[0]);
            scene.assert_dead(&keys[1]);
            assert_eq!(scene.renewed(&keys[0]).roles, keys[0].roles);
            scene.assert_others_live();
        }
    }

    // Covers: J14, K5, I9
    #[test]
    fn a_user_is_deleted_and_the_next_one_with_that_login_is_somebody_else(backend) {
        let scene = Scene::new(backend);
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let user = scene.user(login, &[viewer(&[1001])]);
            let keys = keys_of(&scene, &user);
            assert_eq!(scene.introspection(&keys[0].token)["sub"], user);
            let remove = format!("DELETE /users/{user}");
            assert_eq!(scene.refused(&remove, &Value::Null), "user_has_roles");
            for key in &keys {
                scene.assert_lives(key);
            }
            scene.administer(&format!("DELETE /users/{user}/roles/viewer?workspace=1001"), &Value::Null);
            for key in &keys {
                scene.assert_has(key, &Value::Null);
            }

            scene.make(way, &remove, &Value::Null, &["user", "delete", &user]);
            for key in &keys {
                scene.assert_dead(key);
                assert_eq!(scene.refused_command(&["key", "show", key.id()]), "not_found");
            }
            scene.assert_others_live();

            let next = scene.user(login, &[viewer(&[1001])]);
            assert_ne!(next, user);
            let key = scene.key_of(&next, None);
            assert_eq!(scene.introspection(&key.token)["sub"], next);
            for key in &keys {
                scene.assert_dead(key);
            }
        }
    }

    // Covers: L130, K5, I9, IN-09
    #[test]
    fn the_keys_of_a_user_are_switched_off_and_on(backend) {
        let scene = Scene::new(backend);
        for (way, login) in scene.ways().into_iter().zip(["jo", "kim"]) {
            let user = scene.user(login, &[viewer(&[1001, 1002])]);
            let keys = keys_of(&scene, &user);
            let switch = |on: bool| {
                let word = if on { "on" } else { "off" };
                let body = json!({ "api_keys_enabled": on });
                scene.make(way, &format!("PATCH /users/{user}"), &body, &["user", "edit", "--api-keys", word, &user]);
            };
            switch(false);
            for key in &keys {
                scene.assert_dead(key);
            }
            scene.assert_others_live();
            let refusal = scene.refused(&format!("POST /users/{user}/keys"), &json!({ "name": "Key" }));
            assert_eq!(refusal, "owner_keys_disabled");

            switch(true);
            for key in &keys {
                scene.assert_token_dead(key);
                assert_eq!(scene.renewed(key).roles, key.roles);
                scene.assert_token_dead(key);
            }
        }
    }
}
