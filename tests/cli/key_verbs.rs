//! Every verb of keys, its answer and its refusal; what [`super::keys`] tells as a story is not repeated here.

use super::support::{Site, column, text};

const UNKNOWN: &str = "key_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";

#[test]
fn a_key_that_is_not_there_is_not_found_by_any_verb() {
    let site = Site::new();
    let commands: [&[&str]; 15] = [
        &["show", UNKNOWN],
        &["edit", "--name", "New", UNKNOWN],
        &["roles", "set", UNKNOWN],
        &["give-role", UNKNOWN, "viewer@1001"],
        &["take-role", UNKNOWN, "viewer@1001"],
        &["grantable", UNKNOWN],
        &["revoke", UNKNOWN],
        &["regenerate", UNKNOWN],
        &["disable", UNKNOWN],
        &["enable", UNKNOWN],
        &["revoke-tokens", UNKNOWN],
        &["delete", UNKNOWN],
        &["add-pair", UNKNOWN],
        &["delete-pair", UNKNOWN, "J2X9NY3kvsfWyNTA"],
        &["set-expiry", UNKNOWN, "J2X9NY3kvsfWyNTA", "none"],
    ];
    for command in commands {
        assert_eq!(site.run(&[&["key"], command].concat()).refusal(), "not_found", "{command:?}");
        let mistyped: Vec<&str> = command.iter().map(|word| if *word == UNKNOWN { "key_1" } else { word }).collect();
        assert_eq!(site.run(&[&["key"], mistyped.as_slice()].concat()).exit, Some(2), "{command:?}");
    }
    for command in
        [["list", "--owner", "nobody"].as_slice(), &["list", "--space", "None"], &["grantable", "--owner", "no"]]
    {
        assert_eq!(site.run(&[&["key"], command].concat()).refusal(), "not_found", "{command:?}");
    }
    assert_eq!(site.run(&["key", "list"]).exit, Some(2));
    assert_eq!(site.run(&["key", "edit", UNKNOWN]).exit, Some(2));
}

// Covers: L038, L115
#[test]
fn an_edit_leaves_client_id_and_secrets_alone() {
    let site = Site::new();
    let made = site.create_key(&["--role", "viewer@1001", "--acknowledge-row-level"]).json();
    let id = text(&made, "client_id");
    assert_eq!(site.run(&["key", "show", id]).json()["row_level_acknowledged"], true);
    let edit = ["key", "edit", "--name", "Nightly", "--description", "Reports", "--mode", "read_only", id];
    let edited = site.run(&edit).json();
    assert_eq!((text(&edited, "name"), text(&edited, "description")), ("Nightly", "Reports"));
    assert_eq!(
        (text(&edited, "mode"), text(&edited["pairs"][0], "public_id")),
        ("read_only", text(&made, "public_id"))
    );
    assert_eq!(edited["pairs"][0]["last_used_at"], serde_json::Value::Null);
    assert_eq!(site.run(&["key", "edit", "--user-roles", "inherit", id]).refusal(), "own_roles_only");

    let other = site.create_key(&[]).json();
    let other = text(&other, "client_id");
    assert_eq!(site.run(&["key", "show", other]).json()["row_level_acknowledged"], false);
    let acknowledged = site.run(&["key", "edit", "--acknowledge-row-level", other]).json();
    assert_eq!(acknowledged["row_level_acknowledged"], true);
}

// Covers: L039, L112
#[test]
fn roles_of_a_key_are_given_taken_and_set() {
    let site = Site::new();
    let made = site.create_key(&[]).json();
    let id = text(&made, "client_id");
    let give = ["key", "give-role", id, "viewer@1001,1002"];
    let given = site.run(&give).json();
    assert_eq!(column(&given["roles"], "in"), ["1001", "1002"]);
    assert_eq!(site.run(&give).refusal(), "already_given");
    let take = ["key", "take-role", id, "viewer@1002"];
    assert_eq!(column(&site.run(&take).json()["roles"], "in"), ["1001"]);
    assert_eq!(site.run(&take).refusal(), "not_assigned");
    let set = site.run(&["key", "roles", "set", id, "editor@1002", "ci_cd_integration@1001"]).json();
    assert_eq!(column(&set["roles"], "role"), ["ci_cd_integration", "editor"]);
    assert_eq!(text(&set, "integration_type"), "ci_cd");
    assert_eq!(site.run(&["key", "roles", "set", id, "no_such_role"]).refusal(), "unknown_role");
    let none = site.run(&["key", "roles", "set", id]).json();
    assert_eq!(none["roles"].as_array().unwrap().len(), 0);
}

// Covers: L108, L129
#[test]
fn the_key_of_a_user_may_get_its_roles_later() {
    let site = Site::new();
    site.user("ada", &["editor@1001", "viewer@1002"]);
    let made = site.create_key(&["--owner", "ada", "--user-roles", "subset"]).json();
    let id = text(&made, "client_id");
    assert_eq!(site.run(&["key", "show", id]).json()["roles"].as_array().unwrap().len(), 0);
    assert_eq!(column(&site.run(&["key", "give-role", id, "editor@1001"]).json()["roles"], "role"), ["editor"]);
    let inherits = site.run(&["key", "edit", "--user-roles", "inherit", id]).json();
    assert_eq!(column(&inherits["roles"], "role"), ["editor", "viewer"]);
    assert_eq!(site.run(&["key", "take-role", id, "editor@1001"]).refusal(), "inherits_roles");
    assert_eq!(site.create_key(&["--user-roles", "subset"]).exit, Some(2));
}

// Covers: L109, L135
#[test]
fn grantable_says_what_a_key_can_get_and_why_not_the_rest() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    site.run(&["workspace", "close", "1002"]).json();
    for to in [["--owner", "ada"].as_slice(), &[text(&site.create_key(&["--owner", "ada"]).json(), "client_id")]] {
        let found = site.run(&[&["key", "grantable"], to].concat()).json()["grantable"].clone();
        let reason = |role: &str, workspace: i64| {
            let is_it = |one: &&serde_json::Value| one["role"] == role && one["workspace"] == workspace;
            found.as_array().unwrap().iter().find(is_it).unwrap()["reason"].clone()
        };
        assert_eq!(reason("editor", 1001), serde_json::Value::Null);
        assert_eq!(reason("viewer", 1001), "not_held");
        assert_eq!(reason("editor", 1002), "closed_workspace");
    }
}

// Covers: L124
#[test]
fn tokens_are_revoked_and_keys_deleted_by_themselves() {
    let site = Site::new();
    let made = site.create_key(&[]).json();
    let id = text(&made, "client_id");
    assert_eq!(text(&site.run(&["key", "revoke-tokens", id]).json(), "tokens"), "revoked");
    assert_eq!(text(&site.run(&["key", "show", id]).json()["pairs"][0], "public_id"), text(&made, "public_id"));
    site.run(&["key", "revoke", id]).json();
    assert_eq!(text(&site.run(&["key", "delete", id]).json(), "status"), "deleted");
    for verb in ["show", "delete", "regenerate"] {
        assert_eq!(site.run(&["key", verb, id]).refusal(), "not_found");
    }
}

// Covers: KM-04, L122
#[test]
fn the_end_of_a_pair_moves_and_new_pairs_keep_to_the_policy() {
    let site = Site::new();
    let made = site.create_key(&["--expires", "none"]).json();
    let (id, pair) = (text(&made, "client_id"), text(&made, "public_id"));
    let set = |when: &str| site.run(&["key", "set-expiry", id, pair, when]);
    assert_eq!(text(&set("2199-01-01").json(), "expires_at"), "2199-01-01T00:00:00Z");
    assert!(set("none").json()["expires_at"].is_null());
    assert_eq!(set("2001-01-01").refusal(), "expiry_in_the_past");
    assert_eq!(site.run(&["key", "set-expiry", id, "0000000000000000", "none"]).refusal(), "not_found");

    site.run(&["space", "edit", "--pair-life", "30d", "Acme"]).json();
    assert_eq!(set("none").refusal(), "expiry_beyond_maximum");
    assert_eq!(site.run(&["key", "add-pair", "--expires", "90d", id]).refusal(), "expiry_beyond_maximum");
    // What is usual is what the space allows.
    assert!(site.run(&["key", "add-pair", id]).json()["expires_at"].is_string());
}

// Covers: L126
#[test]
fn lists_of_keys_can_be_narrowed() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    let first = site.create_key(&["--owner", "ada"]).json();
    site.run(&["key", "create", "--space", "Acme", "Nightly report"]).json();
    let names = |more: &[&str]| {
        let keys = site.run(&[&["key", "list"], more].concat()).json()["keys"].clone();
        column(&keys, "name").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--space", "Acme"]), ["Management", "Jenkins", "Nightly report"]);
    assert_eq!(names(&["--space", "Acme", "--search", "NIGHT"]), ["Nightly report"]);
    assert_eq!(names(&["--owner", "ada"]), ["Jenkins"]);
    assert_eq!(names(&["--owner", "ada", "--search", "night"]), [""; 0]);
    assert_eq!(names(&["--space", "Acme", "--status", "disabled"]), [""; 0]);

    // The keys of a disabled user are disabled, whatever their own rows say.
    let stopped = site.run(&["user", "disable", "ada"]).json();
    assert_eq!(stopped["keys"], serde_json::json!([first["client_id"]]));
    assert_eq!(names(&["--space", "Acme", "--status", "disabled"]), ["Jenkins"]);
    assert_eq!(names(&["--owner", "ada", "--status", "active"]), [""; 0]);
    assert_eq!(site.run(&["key", "list", "--space", "Acme", "--status", "broken"]).exit, Some(2));
}
