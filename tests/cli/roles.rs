//! Roles of a space and permissions: every verb, its answer and its refusal.

use super::support::{Site, column, text};

// Covers: L029
#[test]
fn every_role_says_what_it_is_for() {
    let site = Site::new();
    let roles = site.run(&["role", "list"]).json()["roles"].clone();
    assert!(column(&roles, "description").iter().all(|text| !text.is_empty()));
    let shown = site.run(&["role", "show", "--space", "Acme", "viewer"]).json();
    assert_eq!((text(&shown, "level"), &shown["built_in"]), ("workspace", &true.into()));
}

// Covers: L104, L145
#[test]
fn a_role_is_copied_and_trimmed_and_given_alone() {
    let site = Site::new();
    let copy = ["role", "copy", "--space", "Acme", "power_user", "loader"];
    let copied = site.run(&copy).json();
    assert_eq!(site.run(&copy).refusal(), "name_taken");
    let original = site.run(&["role", "show", "--space", "Acme", "power_user"]).json();
    assert_eq!((&copied["permissions"], &copied["copied_from"]), (&original["permissions"], &original["id"]));
    let trimmed = site.run(&["role", "edit", "--space", "Acme", "--permission", "data.transfer", "loader"]).json();
    assert_eq!(trimmed["permissions"], serde_json::json!(["data.transfer"]));

    let key = site.create_key(&["--role", "loader@1001"]).json();
    let shown = site.run(&["key", "show", text(&key, "client_id")]).json();
    assert_eq!(column(&shown["roles"], "role"), ["loader"]);
    let delete = ["role", "delete", "--space", "Acme", "loader"];
    assert_eq!(site.run(&delete).refusal(), "role_in_use");
    site.run(&["key", "delete", text(&key, "client_id")]).json();
    assert_eq!(text(&site.run(&delete).json(), "name"), "loader");
    assert_eq!(site.run(&delete).refusal(), "unknown_role");
}

// Covers: L145
#[test]
fn built_in_roles_stay_as_they_are() {
    let site = Site::new();
    for command in [
        ["edit", "--space", "Acme", "--no-permission", "viewer"].as_slice(),
        &["edit", "--space", "Acme", "--description", "Mine", "viewer"],
        &["delete", "--space", "Acme", "viewer"],
    ] {
        assert_eq!(site.run(&[&["role"], command].concat()).refusal(), "built_in_role", "{command:?}");
    }
}

// Covers: L030, L031
#[test]
fn a_role_of_a_space_has_what_such_a_role_can_have() {
    let site = Site::new();
    let create = |level: &str, permission: &str, name: &str| {
        site.run(&["role", "create", "--space", "Acme", "--level", level, "--permission", permission, name])
    };
    let made = create("workspace", "data.read", "reader").json();
    assert_eq!(
        (text(&made, "level"), &made["built_in"], &made["copied_from"]),
        ("workspace", &false.into(), &().into())
    );
    for (level, permission, name, word) in [
        ("workspace", "data.read", "reader", "name_taken"),
        ("workspace", "data.read", "viewer", "name_taken"),
        ("workspace", "keys.manage", "keeper", "permission_above_level"),
        ("workspace", "pipelines.manage", "builder", "integration_permission"),
        ("workspace", "no.such", "other", "unknown_permission"),
        ("site", "site.manage", "other", "site_role"),
    ] {
        assert_eq!(create(level, permission, name).refusal(), word, "{permission}");
    }
    assert_eq!(create("workspace", "data.read", "No Role").exit, Some(2));
    for verb in ["show", "delete"] {
        assert_eq!(site.run(&["role", verb, "--space", "Acme", "no_such_role"]).refusal(), "unknown_role");
    }
    assert_eq!(site.run(&["role", "edit", "--space", "Acme", "--no-permission", "none"]).refusal(), "unknown_role");
    assert_eq!(site.run(&["role", "copy", "--space", "Acme", "none", "other"]).refusal(), "unknown_role");
    assert_eq!(site.run(&["role", "copy", "--space", "Acme", "bridge_service", "other"]).refusal(), "internal_role");
    // The role of one space is none of another.
    site.run(&["space", "create", "Other"]).json();
    assert_eq!(site.run(&["role", "show", "--space", "Other", "reader"]).refusal(), "unknown_role");
}

#[test]
fn permissions_are_registered_listed_and_forgotten() {
    let site = Site::new();
    let server = site.run(&["resource-server", "create", "--audience", "https://orders.example.com", "Orders"]).json();
    let id = text(&server, "client_id");
    let register = |name: &str| {
        site.run(&[
            "permission",
            "register",
            "--resource-server",
            id,
            "--class",
            "write",
            "--description",
            "Cancel",
            name,
        ])
    };
    let made = register("orders.cancel").json();
    assert_eq!(
        (text(&made, "name"), text(&made, "level"), text(&made, "resource_server")),
        ("orders.cancel", "workspace", id)
    );
    for name in ["orders.cancel", "data.read"] {
        assert_eq!(register(name).refusal(), "already_exists");
    }
    assert_eq!(register("Orders").exit, Some(2));
    let listed = site.run(&["permission", "list"]).json()["permissions"].clone();
    let names = column(&listed, "name");
    assert!(names.contains(&"orders.cancel") && names.contains(&"site.manage"));

    let role =
        ["role", "create", "--space", "Acme", "--level", "workspace", "--permission", "orders.cancel", "canceller"];
    site.run(&role).json();
    let forget = ["permission", "forget", "--resource-server", id, "orders.cancel"];
    assert_eq!(site.run(&forget).refusal(), "permission_in_use");
    assert_eq!(site.run(&["resource-server", "delete", id]).refusal(), "permissions_registered");
    site.run(&["role", "delete", "--space", "Acme", "canceller"]).json();
    assert_eq!(site.run(&forget).json()["forgotten"], true);
    assert_eq!(site.run(&forget).refusal(), "not_found");
}
