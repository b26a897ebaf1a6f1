//! Nobody gives what he does not have (ruling 27), by whatever verb.

use super::support::{Site, finish_with_input, text};

/// A site where `login` holds one permission in the space and nothing else.
fn with_one_permission(login: &str, permission: &str) -> Site {
    let site = Site::new();
    site.run(&["role", "create", "--space", "Acme", "--level", "space", "--permission", permission, "single"]).json();
    site.user(login, &["single"]);
    site.user("ada", &["editor@1001"]);
    site
}

// Covers: K2
#[test]
fn who_manages_users_becomes_no_administrator() {
    let site = with_one_permission("mia", "users.manage");
    for target in ["mia", "ada"] {
        for role in ["space_admin", "site_admin", "editor@1002"] {
            assert_eq!(site.run_as("mia", &["user", "give-role", target, role]).refusal(), "missing_permission");
        }
    }
    // Not by way of somebody else's login either.
    for target in ["admin", "ada"] {
        assert_eq!(site.run_as("mia", &["user", "setup-link", target]).refusal(), "exceeds_own_rights");
        for change in [["--login", "mine"], ["--email", "mia@example.com"]] {
            let edit = [["user", "edit"].as_slice(), &change, &[target]].concat();
            assert_eq!(site.run_as("mia", &edit).refusal(), "exceeds_own_rights", "{change:?}");
        }
        let set = site.command(&["--as", "mia", "user", "set-password", "--password-stdin", target]);
        assert_eq!(finish_with_input(set, "correct horse battery\n").refusal(), "exceeds_own_rights");
    }
    let create = ["user", "create", "--space", "Acme", "--full-name", "New", "new"];
    let with_role = [create.as_slice(), &["--role", "space_admin"]].concat();
    assert_eq!(site.run_as("mia", &with_role).refusal(), "missing_permission");
    assert_eq!(site.run_as("mia", &create).exit, Some(0));
    assert_eq!(site.run_as("mia", &["user", "setup-link", "new"]).exit, Some(0));
    assert_eq!(site.run_as("mia", &["user", "setup-link", "mia"]).exit, Some(0));
}

// Covers: K2
#[test]
fn who_manages_roles_makes_none_that_may_more() {
    let site = with_one_permission("ron", "roles.manage");
    site.run(&["space", "create", "Other"]).json();
    site.user_in("Other", "eve", &[]);
    let create = ["role", "create", "--space", "Acme", "--level", "space", "--permission", "keys.manage", "keeper"];
    let edit =
        ["role", "edit", "--space", "Acme", "--permission", "roles.manage", "--permission", "keys.manage", "single"];
    let refused = [
        create.as_slice(),
        &edit,
        &["role", "copy", "--space", "Acme", "space_admin", "boss"],
        &["user", "give-role", "ron", "space_admin"],
        &["user", "give-role", "ada", "viewer@1002"],
        &["user", "invite-guest", "--space", "Acme", "eve", "space_admin"],
    ];
    for command in refused {
        assert_eq!(site.run_as("ron", command).refusal(), "exceeds_own_rights", "{command:?}");
    }
    assert_eq!(site.run_as("ron", &["user", "give-role", "ron", "site_admin"]).refusal(), "missing_permission");
    for command in [
        ["role", "create", "--space", "Acme", "--level", "space", "--permission", "roles.manage", "deputy"].as_slice(),
        &["user", "give-role", "ada", "deputy"],
        &["user", "invite-guest", "--space", "Acme", "eve", "deputy"],
        &["user", "take-role", "ada", "editor@1001"],
    ] {
        assert_eq!(site.run_as("ron", command).exit, Some(0), "{command:?}");
    }
}

// Covers: K2
#[test]
fn who_manages_keys_sees_no_secret_that_opens_more() {
    let site = with_one_permission("kim", "keys.manage");
    let made = site.create_key(&["--role", "viewer@1001", "--mode", "read_only"]).json();
    let id = text(&made, "client_id");
    let refused = [
        ["key", "create", "--space", "Acme", "--role", "viewer@1001", "Key"].as_slice(),
        &["key", "create", "--space", "Acme", "--role", "space_admin", "Key"],
        &["key", "create", "--space", "Acme", "--owner", "ada", "Key"],
        &["key", "regenerate", id],
        &["key", "add-pair", id],
        &["key", "give-role", id, "editor@1001"],
        &["key", "roles", "set", id, "editor@1001"],
        &["key", "edit", "--mode", "full", id],
    ];
    for command in refused {
        assert_eq!(site.run_as("kim", command).refusal(), "exceeds_own_rights", "{command:?}");
    }
    let grantable = site.run_as("kim", &["key", "grantable", id]).json()["grantable"].clone();
    let viewer = grantable.as_array().unwrap().iter().find(|one| one["role"] == "viewer").unwrap();
    assert_eq!((&viewer["grantable"], &viewer["reason"]), (&false.into(), &"exceeds_own_rights".into()));
    // Taking away needs no right to give.
    for command in [["key", "take-role", id, "viewer@1001"].as_slice(), &["key", "revoke", id], &["key", "delete", id]]
    {
        assert_eq!(site.run_as("kim", command).exit, Some(0), "{command:?}");
    }
}

// Covers: K2
#[test]
fn who_runs_the_site_or_a_workspace_stays_there() {
    let site = Site::new();
    site.user("sid", &["site_admin"]);
    site.user("wes", &["workspace_admin@1001"]);
    site.user("ada", &[]);
    assert_eq!(site.run_as("sid", &["user", "give-role", "sid", "space_admin"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("sid", &["key", "list", "--space", "Acme"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("sid", &["space", "edit", "--api-keys-supported", "off", "Acme"]).exit, Some(0));
    assert_eq!(site.run_as("sid", &["space", "edit", "--api-keys", "off", "Acme"]).refusal(), "missing_permission");

    assert_eq!(site.run_as("wes", &["user", "give-role", "ada", "editor@1001"]).exit, Some(0));
    assert_eq!(site.run_as("wes", &["user", "give-role", "ada", "editor@1002"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("wes", &["user", "give-role", "wes", "space_admin"]).refusal(), "missing_permission");
    assert_eq!(
        site.run_as("wes", &["user", "give-role", "wes", "ci_cd_integration@1001"]).refusal(),
        "exceeds_own_rights"
    );
    assert_eq!(site.run_as("wes", &["workspace", "members", "1001"]).exit, Some(0));
    assert_eq!(site.run_as("wes", &["workspace", "members", "1002"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("wes", &["workspace", "rename", "1001", "Mine"]).exit, Some(0));
    assert_eq!(site.run_as("wes", &["workspace", "close", "1001"]).refusal(), "missing_permission");
}
