//! Keys of other systems through the API: who may import them, what is taken, and that nothing ever shows the secret.

use keystead::store::audit;
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused, give},
    key_world::{elsewhere, key_manager, keys_of, user_with},
    on_both,
    support::{
        backend::Backend,
        http::Response,
        site::{Credential, Server, TestSite},
    },
};

const SECRET: &str = "correct horse battery staple";
const HASH: &str = "$argon2id$v=19$m=16384,t=2,p=1$YW5vdGhlciBzeXN0ZW0gMQ$mDvmdyKm+EmWNrYMeTdSnKUGc/mrrJCeRC/qHxrGBpk";
const HASHED: &str = "a secret from another system";

fn path(site: &TestSite) -> String {
    format!("{}/import", keys_of(site))
}

fn request(client_id: &str) -> Value {
    json!({ "client_id": client_id, "secret": SECRET, "key": { "name": "Nightly", "expires": "none" } })
}

/// The body with one member more, or another one.
fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn without(mut body: Value, member: &str) -> Value {
    body.as_object_mut().expect("an object").remove(member);
    body
}

fn login(server: &Server, client_id: &str, secret: &str) -> Response {
    server.client.post_form("/oauth/token", (client_id, secret), &[("grant_type", "client_credentials")])
}

#[track_caller]
fn imported(answer: &Response) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

on_both! {
    // Covers: KM-24, KM-25, K6, KM-16
    #[test]
    fn an_imported_key_is_shown_like_any_other_and_its_secret_nowhere(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let role = json!([{ "role": "viewer", "workspaces": [1001] }]);
        let key = json!({ "name": "Nightly", "roles": role, "expires": "none", "allowed_networks": ["127.0.0.1"] });
        let made = admin.post(&path(&site), &with(request("acme-nightly"), "key", key));
        let shown = imported(&made);
        let id = shown["id"].as_str().expect("an id").to_owned();
        assert_eq!(made.header("Location").expect("a place"), format!("http://127.0.0.1:8080/api/v1/keys/{id}"));
        assert_eq!((&shown["client_id"], &shown["imported_client_id"]), (&json!(id), &json!("acme-nightly")));
        assert_eq!((&shown["pairs"][0]["imported"], &shown["pairs"][0]["hint"]), (&json!(true), &json!("")));
        assert_eq!(shown["allowed_networks"], json!(["127.0.0.1/32"]));
        assert_eq!(login(&server, "acme-nightly", SECRET).status, 200);

        let again = admin.get(&format!("/keys/{id}"));
        let listed = admin.get(&keys_of(&site));
        let events = site.store.snapshot(|tx| audit::of_target(tx, &id)).expect("events");
        assert_eq!(events.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["api_key.import"]);
        assert!(events[0].detail.contains("acme-nightly"), "{}", events[0].detail);
        for said in [&made.body, &again.body, &listed.body, &events[0].detail] {
            assert!(!said.contains(SECRET) && !said.contains("argon2"), "{said}");
        }

        let second = admin.post(&format!("/keys/{id}/pairs"), &json!({ "expires": "none" }));
        assert_eq!(second.status, 201, "{second:?}");
        assert_eq!(second.json()["key"]["pairs"][1]["imported"], false);
        assert_eq!(login(&server, "acme-nightly", &second.text("client_secret")).status, 200);
        assert_eq!(admin.delete(&format!("/keys/{id}/pairs/{}", shown["pairs"][0]["public_id"].as_str().expect("an id"))).status, 204);
        assert_eq!(login(&server, "acme-nightly", SECRET).status, 401);
    }

    // Covers: KM-24, L083
    #[test]
    fn an_imported_key_of_a_user_has_what_the_user_has(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let user = user_with(&site, "ada", vec![site.role("viewer", &[0])]);
        let hashed = with(without(request("acme-ada"), "secret"), "secret_hash", json!(HASH));
        let shown = imported(&admin.post(&format!("/users/{user}/keys/import"), &hashed));
        assert_eq!((&shown["owner"]["user"], &shown["owner"]["roles"]), (&json!(user.to_string()), &json!("inherit")));
        let token = login(&server, "acme-ada", HASHED).text("access_token");
        let said = server.introspect(&site.resource_server, &token);
        assert_eq!((&said["sub"], &said["workspaces"]["1001"]), (&json!(user.to_string()), &json!(["viewer"])));
    }

    // Covers: KM-24
    #[test]
    fn an_imported_id_is_unique_in_the_site_and_of_no_form_of_ours(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        imported(&admin.post(&path(&site), &request("acme-nightly")));
        assert_refused(&admin.post(&path(&site), &request("acme-nightly")), 409, "client_id_taken");
        imported(&admin.post(&path(&site), &request("Acme-nightly")));
        let there = elsewhere(&site);
        let neighbour = Caller::with_key(&server, &there.admin);
        let path_there = format!("/spaces/{}/keys/import", there.space);
        assert_refused(&neighbour.post(&path_there, &request("acme-nightly")), 409, "client_id_taken");
        for wrong in ["", "a b", "a:b", "key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4", "J2X9NY3kvsfWyNTA", "ksk_x"] {
            assert_refused(&admin.post(&path(&site), &request(wrong)), 422, "invalid_field");
        }
    }

    // Covers: KM-24, K3, L055
    #[test]
    fn whoever_manages_keys_imports_them_and_gives_no_more_than_he_has(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let user = user_with(&site, "ada", vec![]);
        let (manager, _) = key_manager(&site, &server);
        imported(&manager.post(&path(&site), &request("acme-1")));
        let key = json!({ "name": "Nightly", "roles": [{ "role": "editor", "workspaces": [1001] }] });
        assert_refused(&manager.post(&path(&site), &with(request("acme-2"), "key", key)), 403, "exceeds_own_rights");

        let nobody = Caller::nobody(&site, &server);
        for place in [path(&site), format!("/users/{user}/keys/import")] {
            assert_refused(&nobody.post(&place, &request("acme-3")), 403, "missing_permission");
        }
        give(&site, user, "space_admin", &[]);
        let of_user = site.key_with(|key| {
            let roles = keystead::domain::api_key::UserKeyRoles::Inherit;
            key.owner = keystead::domain::api_key::Owner::User { id: user, roles };
        });
        let delegate = Caller::with_key(&server, &of_user);
        for place in [path(&site), format!("/users/{user}/keys/import")] {
            assert_refused(&delegate.post(&place, &request("acme-3")), 403, "user_key_cannot_manage_keys");
        }
        let neighbour = Caller::with_key(&server, &elsewhere(&site).admin);
        assert_refused(&neighbour.post(&path(&site), &request("acme-3")), 404, "not_found");
        assert_eq!(server.logins.hasher().work_done(), 2, "for whoever may not, nothing is hashed");
    }
}

// Covers: KM-25
#[test]
fn a_secret_or_a_hash_that_is_not_taken_is_named_by_its_word() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let admin = Caller::admin(&site, &server);
    let bare = without(request("acme-nightly"), "secret");
    let secret = |secret: &str| with(bare.clone(), "secret", json!(secret));
    let hash = |from: &str, to: &str| with(bare.clone(), "secret_hash", json!(HASH.replace(from, to)));
    let cases = [
        (bare.clone(), "secret_required"),
        (with(secret(SECRET), "secret_hash", json!(HASH)), "secret_required"),
        (secret("fifteen letters"), "unacceptable_secret"),
        (secret("sixteen\nletters!"), "unacceptable_secret"),
        (secret(&"x".repeat(1025)), "unacceptable_secret"),
        (hash("$argon2id", "argon2id"), "hash_malformed"),
        (hash("argon2id", "argon2i"), "hash_algorithm"),
        (hash("v=19", "v=16"), "hash_version"),
        (hash("m=16384", "m=65537"), "hash_too_costly"),
        (hash("t=2", "t=11"), "hash_too_costly"),
        (hash("p=1", "p=5"), "hash_too_costly"),
        (hash("m=16384", "m=7167"), "hash_too_weak"),
        (hash("t=2", "t=1"), "hash_too_weak"),
        (with(bare.clone(), "secret", json!(1_234_567_890_123_456_789_u64)), "invalid_field"),
    ];
    for (body, expected) in cases {
        let answer = admin.post(&path(&site), &body);
        assert_refused(&answer, 422, expected);
        for secret in [SECRET, "fifteen", "sixteen", "1234567890", "mDvmdyKm"] {
            assert!(!answer.body.contains(secret), "{answer:?}");
        }
    }
    assert_eq!(server.logins.hasher().work_done(), 0);
    imported(&admin.post(&path(&site), &with(bare, "secret_hash", json!(HASH))));
    assert_eq!(login(&server, "acme-nightly", HASHED).status, 200);
}

// Covers: KM-19, KM-24
#[test]
fn an_import_that_is_repeated_makes_one_key_and_keeps_no_secret() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let admin = Caller::admin(&site, &server);
    let import =
        |body: &Value| admin.call("POST", &path(&site)).header("Idempotency-Key", "import-1").json(body).send();
    let first = import(&request("acme-nightly"));
    let again = import(&request("acme-nightly"));
    assert_eq!((first.status, again.status), (201, 200), "{again:?}");
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = with(request("acme-nightly"), "secret", json!("another secret of the client"));
    assert_refused(&import(&other), 422, "idempotency_key_reused");
    let kept = site.database.text("(SELECT answer FROM idempotent_answers)");
    assert!(!kept.contains(SECRET), "{kept}");
}

// Covers: KM-14, L149
#[test]
fn the_networks_of_a_key_are_made_edited_and_shown() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let admin = Caller::admin(&site, &server);
    let networks = json!(["2001:db8::/32", "192.0.2.0/24", "192.0.2.0/24", "198.51.100.7"]);
    let made = admin.post(&keys_of(&site), &json!({ "name": "Key", "allowed_networks": networks }));
    let key = made.json()["key"].clone();
    assert_eq!(key["allowed_networks"], json!(["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"]), "{made:?}");
    let path = format!("/keys/{}", made.text("client_id"));
    let edit = |networks: Value| admin.patch(&path, &json!({ "allowed_networks": networks }));
    assert_eq!(edit(json!(["10.0.0.0/8"])).json()["allowed_networks"], json!(["10.0.0.0/8"]));
    assert_eq!(admin.patch(&path, &json!({ "name": "Other" })).json()["allowed_networks"], json!(["10.0.0.0/8"]));
    let many: Vec<String> = (0..51).map(|last| format!("192.0.2.{last}")).collect();
    for wrong in
        [json!(["192.0.2.9/24"]), json!(["::ffff:192.0.2.0/120"]), json!(["example.com"]), json!(many), json!(null)]
    {
        assert_refused(&edit(wrong), 422, "invalid_field");
    }
    let told = edit(json!(["192.0.2.9/24"]));
    assert!(told.text("detail").contains("192.0.2.0/24"), "{told:?}");
    assert_eq!(admin.get(&path).json()["allowed_networks"], json!(["10.0.0.0/8"]));
    assert_eq!(edit(json!([])).json()["allowed_networks"], json!([]));
}

on_both! {
    // Covers: KM-14, H2
    #[test]
    fn the_api_answers_a_token_from_the_networks_of_its_key_only(backend) {
        let site = TestSite::new(backend);
        let server = site.serve_with(|options| options.with("proxy.trusted", "127.0.0.1/32"));
        let admin = Caller::admin(&site, &server);
        let key: Credential = site.key("space_admin", &[]);
        let caller = Caller::with_key(&server, &key);
        let from = |address: &str| caller.call("GET", &keys_of(&site)).header("X-Forwarded-For", address).send();
        assert_eq!(from("203.0.113.1").status, 200);
        let edited = admin.patch(&format!("/keys/{}", key.client_id), &json!({ "allowed_networks": ["192.0.2.0/24"] }));
        assert_eq!(edited.status, 200, "{edited:?}");
        assert_eq!(from("192.0.2.9").status, 200);
        assert_refused(&from("203.0.113.1"), 403, "address_not_allowed");
        let change = caller.call("POST", &keys_of(&site)).header("X-Forwarded-For", "203.0.113.1");
        assert_refused(&change.json(&json!({ "name": "Key" })).send(), 403, "address_not_allowed");
    }
}
