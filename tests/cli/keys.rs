//! The life of an API key at the command line.

use std::fs;

use keystead::store::audit;

use super::support::{Site, text};

// Covers: L005, L006, L007, L095, L097, KM-01
#[test]
fn a_secret_is_shown_once_and_kept_nowhere() {
    let site = Site::new();
    let made = site.create_key(&["--role", "ci_cd_integration@1001,1002"]).json();
    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    assert_eq!(secret.len(), 60);
    assert!(secret.contains(text(&made, "public_id")));

    for command in [["key", "show", id].as_slice(), &["key", "list", "--space", "Acme"], &["doctor"]] {
        let said = site.run(command);
        assert!(!said.stdout.contains(secret) && !said.stderr.contains(secret));
    }
    for entry in fs::read_dir(site.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", path.display());
        }
    }
}

// Covers: L009, L010, L011, L037
#[test]
fn the_type_of_a_key_follows_from_its_roles() {
    let site = Site::new();
    let cases = [
        (["--role", "viewer@1001"].as_slice(), "third_party"),
        (&["--role", "viewer@1001", "--role", "ci_cd_integration@1001"], "ci_cd"),
        (&["--role", "integration_bridge"], "integration_bridge"),
        (&[], "third_party"),
    ];
    for (roles, expected) in cases {
        let made = site.create_key(roles).json();
        let shown = site.run(&["key", "show", text(&made, "client_id")]).json();
        assert_eq!((text(&shown, "integration_type"), text(&shown, "status")), (expected, "active"));
    }
}

// Covers: L008, L035, L040, L042, L043, L045
#[test]
fn a_revoked_key_comes_back_with_a_new_secret_for_the_same_client() {
    let site = Site::new();
    let made = site.create_key(&["--role", "viewer@1001", "--role", "viewer@1001,1002"]).json();
    let id = text(&made, "client_id");
    let roles = site.run(&["key", "show", id]).json()["roles"].clone();
    assert_eq!(roles.as_array().unwrap().len(), 2);

    assert_eq!(text(&site.run(&["key", "revoke", id]).json(), "status"), "revoked");
    let shown = site.run(&["key", "show", id]).json();
    assert_eq!((text(&shown, "status"), shown["pairs"].as_array().unwrap().len()), ("revoked", 0));
    assert_eq!(site.run(&["key", "revoke", id]).refusal(), "already_revoked");
    assert_eq!(site.run(&["key", "enable", id]).refusal(), "key_revoked");
    assert_eq!(site.run(&["key", "add-pair", id]).refusal(), "key_revoked");

    let again = site.run(&["key", "regenerate", "--expires", "none", id]).json();
    assert_eq!(text(&again, "client_id"), id);
    assert_ne!(text(&again, "client_secret"), text(&made, "client_secret"));
    let shown = site.run(&["key", "show", id]).json();
    assert_eq!((text(&shown, "status"), &shown["roles"]), ("active", &roles));
}

// Covers: L113, KM-06
#[test]
fn a_disabled_key_comes_back_with_the_secret_it_had() {
    let site = Site::new();
    let made = site.create_key(&[]).json();
    let id = text(&made, "client_id");
    assert_eq!(site.run(&["key", "enable", id]).refusal(), "not_disabled");
    assert_eq!(text(&site.run(&["key", "disable", id]).json(), "status"), "disabled");
    assert_eq!(site.run(&["key", "disable", id]).refusal(), "already_disabled");
    assert_eq!(text(&site.run(&["key", "enable", id]).json(), "status"), "active");
    let pair = site.run(&["key", "show", id]).json()["pairs"][0].clone();
    assert_eq!(pair["public_id"], made["public_id"]);
}

// Covers: L093, L094, L096, KM-03, KM-05
#[test]
fn a_key_has_at_most_two_pairs() {
    let site = Site::new();
    let made = site.create_key(&["--expires", "none"]).json();
    let id = text(&made, "client_id");
    let second = site.run(&["key", "add-pair", "--retire-other-after", "1h", id]).json();
    assert_eq!(site.run(&["key", "add-pair", id]).refusal(), "pair_limit");
    let pairs = site.run(&["key", "show", id]).json()["pairs"].clone();
    assert!(pairs[0]["expires_at"].is_string(), "the first pair was given an end: {pairs}");

    let (first, second) = (text(&made, "public_id"), text(&second, "public_id"));
    assert_eq!(site.run(&["key", "delete-pair", id, first]).exit, Some(0));
    assert_eq!(site.run(&["key", "delete-pair", id, first]).refusal(), "not_found");
    assert_eq!(site.run(&["key", "delete-pair", id, second]).refusal(), "last_pair");
    assert_eq!(site.run(&["key", "delete-pair", "--even-if-last", id, second]).exit, Some(0));
}

// Covers: L019, L021, L022, L023
#[test]
fn internal_keys_can_be_seen_and_regenerated_and_nothing_else() {
    let site = Site::new();
    site.run(&["space", "create", "--internal-services", "Cloud"]).json();
    let keys = site.run(&["key", "list", "--space", "Cloud"]).json()["keys"].clone();
    let keys = keys.as_array().unwrap();
    let mut types: Vec<&str> = keys.iter().map(|key| text(key, "integration_type")).collect();
    types.sort_unstable();
    assert_eq!(types, ["bridge_service", "product_bridge_service", "synchronizer_service"]);
    for key in keys {
        let id = text(key, "client_id");
        assert_eq!((&key["internal"], key["pairs"].as_array().unwrap().len()), (&true.into(), 0));
        for verb in ["revoke", "disable", "enable", "add-pair"] {
            assert_eq!(site.run(&["key", verb, id]).refusal(), "internal_key", "{verb}");
        }
        assert_eq!(text(&site.run(&["key", "regenerate", id]).json(), "client_id"), id);
    }
}

// Covers: L083, L129, L132
#[test]
fn the_key_of_a_user_has_roles_of_the_user_and_no_others() {
    let site = Site::new();
    let create = ["user", "create", "--space", "Acme", "--full-name", "Ada", "--role", "editor@1001", "ada"];
    assert_eq!(site.run(&create).exit, Some(0));
    let inherits = site.create_key(&["--owner", "ada"]).json();
    let shown = site.run(&["key", "show", text(&inherits, "client_id")]).json();
    assert_eq!((&shown["roles"][0]["role"], &shown["roles"][0]["in"]), (&"editor".into(), &"1001".into()));

    assert_eq!(site.create_key(&["--owner", "ada", "--role", "editor@1001"]).exit, Some(0));
    assert_eq!(site.create_key(&["--owner", "ada", "--role", "editor@1002"]).refusal(), "not_held");
    assert_eq!(site.create_key(&["--owner", "ada", "--role", "viewer@1001"]).refusal(), "not_held");
    assert_eq!(site.create_key(&["--owner", "bob"]).refusal(), "not_found");
}

// Covers: KM-16, K11
#[test]
fn every_change_of_a_key_leaves_one_audit_event_without_a_secret() {
    let site = Site::new();
    let made = site.create_key(&["--role", "viewer@1001"]).json();
    let id = text(&made, "client_id");
    for verb in ["disable", "enable", "add-pair", "revoke", "regenerate"] {
        assert_eq!(site.run(&["key", verb, id]).exit, Some(0), "{verb}");
    }
    assert_eq!(site.run(&["key", "enable", id]).refusal(), "not_disabled");

    let events = site.store().snapshot(|tx| audit::of_target(tx, id)).unwrap();
    let actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
    let expected = ["create", "disable", "enable", "add", "revoke", "regenerate"];
    assert_eq!(actions.len(), expected.len());
    for (action, verb) in actions.iter().zip(expected) {
        assert!(action.ends_with(&format!(".{verb}")), "{action} is not {verb}");
    }
    let secret = text(&made, "client_secret");
    assert!(events.iter().all(|event| event.actor == "operator" && !event.detail.contains(secret)));
}
