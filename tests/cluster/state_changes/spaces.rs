//! What becomes of keys when the switches, the state or the password policy of their space change.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::{Scene, Watched, Way, new_credential, viewer};
use crate::{
    installation::credential,
    on_both,
    support::{backend::Backend, process::run_with_input, site::Credential},
};

/// A space with keys of people and keys of the product's services.
struct Product {
    scene: Scene,
    id: String,
    admin: Credential,
    ordinary: Watched,
    internal: Watched,
}

impl Product {
    fn new(backend: Backend) -> Self {
        let scene = Scene::new(backend);
        let made = scene.site.run(&["space", "create", "--internal-services", "Product"]);
        let id = made["id"].as_str().expect("an id").to_owned();
        let number = scene.site.run(&["workspace", "create", "--space", "Product", "One"])["number"].to_string();
        let key = |role: &str| {
            let command = ["key", "create", "--space", "Product", "--role", role, "--expires", "none", "Key"];
            credential(&scene.site.run(&command))
        };
        let admin = key("space_admin");
        let ordinary = scene.watch(key(&format!("viewer@{number}")));
        let listed = scene.call(&admin, &format!("GET /spaces/{id}/keys"), &Value::Null).json();
        let listed = listed["items"].as_array().expect("a list");
        let internal = listed.iter().find(|key| key["internal"] == true).expect("keys of services");
        let request = format!("POST /keys/{}/regenerate", internal["id"].as_str().expect("an id"));
        let made = scene.call(&admin, &request, &json!({ "expires": "none" }));
        let internal = scene.watch(new_credential(&made.json()));
        Self { scene, id, admin, ordinary, internal }
    }

    /// An ordinary key with a new token; it works as before.
    fn renewed(&self) -> Watched {
        let renewed = self.scene.renewed(&self.ordinary);
        assert_eq!(renewed.roles, self.ordinary.roles);
        renewed
    }

    fn ways(&self) -> [Way<'_>; 2] {
        Scene::ways_of(&self.admin)
    }
}

on_both! {
    // Covers: L052, L054, C10, K5, I9, IN-09
    #[test]
    fn the_keys_of_a_space_are_switched_off_and_on(backend) {
        let product = Product::new(backend);
        let Product { scene, id, ordinary, internal, .. } = &product;
        for way in product.ways() {
            let before = product.renewed();
            let spare = ["key", "create", "--space", "Product", "--expires", "none", "Spare"];
            let spare = credential(&scene.site.run(&spare)).client_id;
            let body = json!({ "api_keys_enabled": false });
            let command = ["space", "edit", "--api-keys", "off", "Product"];
            scene.make(way, &format!("PATCH /spaces/{id}"), &body, &command);
            scene.assert_dead(&before);
            scene.assert_dead(ordinary);
            scene.assert_lives(internal);
            scene.assert_others_live();
            for refused in [
                ["key", "create", "--space", "Product", "Another"].as_slice(),
                &["key", "edit", "--name", "Other", &spare],
                &["key", "regenerate", &spare],
                &["key", "add-pair", &spare],
            ] {
                assert_eq!(scene.refused_command(refused), "keys_disabled");
            }
            scene.site.run(&["key", "delete", &spare]);

            // No key can switch keys on again: its own is off.
            scene.site.run(&["space", "edit", "--api-keys", "on", "Product"]);
            scene.assert_token_dead(&before);
            scene.assert_lives(&product.renewed());
            scene.assert_lives(internal);
            scene.assert_token_dead(&before);
        }
    }

    // Covers: L048, K5, I9, IN-09
    #[test]
    fn a_space_loses_the_capability_of_having_keys_and_gets_it_back(backend) {
        let product = Product::new(backend);
        let Product { scene, id, .. } = &product;
        let manager = scene.site_manager();
        for way in Scene::ways_of(&manager) {
            let before = product.renewed();
            let set = |on: bool| {
                let body = json!({ "api_keys_supported": on });
                let word = if on { "on" } else { "off" };
                let command = ["space", "edit", "--api-keys-supported", word, "Product"];
                scene.make(way, &format!("PATCH /spaces/{id}"), &body, &command);
            };
            set(false);
            scene.assert_dead(&before);
            scene.assert_others_live();
            let create = ["key", "create", "--space", "Product", "Another"];
            assert_eq!(scene.refused_command(&create), "not_supported_here");

            set(true);
            scene.assert_token_dead(&before);
            scene.assert_lives(&product.renewed());
            scene.assert_token_dead(&before);
        }
    }

    // Covers: K5, C10, I9, IN-09
    #[test]
    fn a_space_is_closed_and_reopened(backend) {
        let product = Product::new(backend);
        let Product { scene, id, internal, .. } = &product;
        let manager = scene.site_manager();
        for way in Scene::ways_of(&manager) {
            let (before, of_product) = (product.renewed(), scene.renewed(internal));
            scene.make(way, &format!("POST /spaces/{id}/close"), &json!({}), &["space", "close", "Product"]);
            scene.assert_dead(&before);
            scene.assert_dead(&of_product);
            scene.assert_others_live();

            scene.make(way, &format!("POST /spaces/{id}/reopen"), &json!({}), &["space", "reopen", "Product"]);
            scene.assert_token_dead(&before);
            scene.assert_token_dead(&of_product);
            scene.assert_lives(&product.renewed());
            scene.assert_lives(&scene.renewed(internal));
            scene.assert_token_dead(&before);
        }
    }

    // Covers: L071, L072, I9
    #[test]
    fn single_sign_on_and_the_age_of_passwords_are_set_and_taken_back(backend) {
        let scene = Scene::new(backend);
        let user = scene.user("jo", &[viewer(&[1001])]);
        let without_password = scene.key_of(&scene.user("kim", &[viewer(&[1001])]), None);
        let command = scene.site.command(&["user", "set-password", "--password-stdin", "jo"]);
        let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
        run_with_input(&arguments, "correct horse battery staple\n").succeeded();
        let old = scene.now().plus(Duration::from_secs(1));
        let key = scene.key_of(&user, None);
        // From then on the password is older than a second.
        while scene.now() < old {
            scene.assert_lives(&key);
        }
        for way in scene.ways() {
            let edit = |body: Value, option: &str, value: &str| {
                let command = ["space", "edit", option, value, "Acme"];
                scene.make(way, &format!("PATCH /spaces/{}", scene.space), &body, &command);
            };
            let before = scene.renewed(&key);
            edit(json!({ "password_life_seconds": 1 }), "--password-life", "1s");
            scene.assert_dead(&before);
            scene.assert_lives(&without_password);
            scene.assert_others_live();

            // Where people log in elsewhere, passwords kept here do not count.
            edit(json!({ "sso_enabled": true }), "--sso", "on");
            scene.assert_token_dead(&before);
            scene.assert_lives(&without_password);
            scene.assert_others_live();
            let with_sso = scene.renewed(&key);
            assert_eq!(with_sso.roles, key.roles);
            edit(json!({ "sso_enabled": false }), "--sso", "off");
            scene.assert_dead(&with_sso);
            scene.assert_lives(&without_password);
            scene.assert_others_live();

            edit(json!({ "password_life_seconds": null }), "--password-life", "none");
            scene.assert_token_dead(&with_sso);
            scene.assert_token_dead(&before);
            scene.renewed(&key);
            scene.assert_others_live();
        }
    }
}
