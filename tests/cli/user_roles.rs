//! Roles of users, and what happens to keys that rest on them.

use keystead::{
    domain::{
        assignment::{Assignment, AssignmentSource, Reach},
        ids::UserId,
        workspace::WorkspaceNumber,
    },
    store::{self, roles, user_roles, users, workspaces},
};
use serde_json::json;

use super::support::{Site, column, text};

// Covers: L138
#[test]
fn a_role_is_given_once_and_taken_once() {
    let site = Site::new();
    let id = site.user("ada", &[]);
    let give = ["user", "give-role", "ada", "editor@1001,1002"];
    let given = site.run(&give).json();
    assert_eq!(
        (text(&given, "id"), text(&given, "role"), &given["workspaces"]),
        (id.as_str(), "editor", &json!([1001, 1002]))
    );
    assert_eq!(site.run(&give).refusal(), "already_given");
    let members = site.run(&["workspace", "members", "1002"]).json()["users"].clone();
    assert_eq!(column(&members, "login"), ["ada"]);
    let take = ["user", "take-role", "ada", "editor@1002"];
    assert_eq!(site.run(&take).json()["keys"], json!([]));
    assert_eq!(site.run(&take).refusal(), "not_assigned");
    let shown = site.run(&["user", "show", "ada"]).json();
    assert_eq!((&shown["roles"][0]["workspace"], text(&shown["roles"][0], "source")), (&json!(1001), "local"));
    for (role, word) in
        [("viewer", "workspace_required"), ("no_such_role", "unknown_role"), ("bridge_service", "internal_role")]
    {
        assert_eq!(site.run(&["user", "give-role", "ada", role]).refusal(), word);
    }
    assert_eq!(site.run(&["user", "give-role", "ada", "viewer@one"]).exit, Some(2));
}

// Covers: L131, L137
#[test]
fn a_role_that_is_taken_from_a_user_is_taken_from_keys_too_or_nothing_happens() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    let subset = site.create_key(&["--owner", "ada", "--role", "editor@1001"]).json();
    let inherits = site.create_key(&["--owner", "ada"]).json();
    let ids = [text(&subset, "client_id"), text(&inherits, "client_id")];
    let roles = |id: &str| site.run(&["key", "show", id]).json()["roles"].as_array().unwrap().len();

    let refused = site.run(&["user", "take-role", "--if-keys", "refuse", "ada", "editor@1001"]);
    assert_eq!(refused.refusal(), "role_on_keys");
    let said: serde_json::Value = serde_json::from_str(&refused.stderr).unwrap();
    assert_eq!(said["keys"], json!(ids));
    assert_eq!(ids.map(roles), [1, 1]);

    let taken = site.run(&["user", "take-role", "ada", "editor@1001"]).json();
    assert_eq!(taken["keys"], json!(ids));
    assert_eq!(ids.map(roles), [0, 0]);
    // A key that chose the role does not get it back with its user.
    site.run(&["user", "give-role", "ada", "editor@1001"]).json();
    assert_eq!(ids.map(roles), [0, 1]);
    assert_eq!(site.run(&["user", "take-role", "--if-keys", "perhaps", "ada", "editor@1001"]).exit, Some(2));
}

// Covers: L133, L136
#[test]
fn what_an_identity_provider_gave_is_not_taken_here_and_not_passed_on() {
    let site = Site::new();
    let id: UserId = site.user("ada", &[]).parse().unwrap();
    site.store()
        .change(|change| {
            let space = users::find(change, id)?.unwrap().home;
            let role = roles::find_by_name(change, space, "editor")?.unwrap();
            let number = WorkspaceNumber::new(1001).unwrap();
            let workspace = workspaces::find_numbered(change, number)?.unwrap().id;
            let (reach, source) = (Reach::Workspace(workspace), AssignmentSource::IdentityProvider);
            let given = Assignment { space, role: role.id, reach, source, since: change.seq() };
            user_roles::give(change, id, &role, &given)?;
            Ok::<_, store::Error>(())
        })
        .unwrap();
    let take = ["user", "take-role", "ada", "editor@1001"];
    assert_eq!(site.run(&take).refusal(), "idp_role_elsewhere");
    assert_eq!(site.create_key(&["--owner", "ada", "--role", "editor@1001"]).refusal(), "idp_role");
    // Held both ways it can be passed on, and the local half can be taken.
    site.run(&["user", "give-role", "ada", "editor@1001"]).json();
    assert_eq!(site.create_key(&["--owner", "ada", "--role", "editor@1001"]).exit, Some(0));
    assert_eq!(site.run(&take).exit, Some(0));
    let shown = site.run(&["user", "show", "ada"]).json();
    assert_eq!(column(&shown["roles"], "source"), ["idp"]);
}

// Covers: L144
#[test]
fn a_service_account_is_no_administrator_unless_the_site_allows_it() {
    let site = Site::new();
    site.run(&["user", "create", "--space", "Acme", "--full-name", "Robot", "--service", "robot"]).json();
    let give = ["user", "give-role", "robot", "space_admin"];
    assert_eq!(site.run(&give).refusal(), "admin_role_on_service_account");
    assert_eq!(
        site.run(&["user", "give-role", "robot", "workspace_admin@1001"]).refusal(),
        "admin_role_on_service_account"
    );
    assert_eq!(site.run(&["user", "edit", "--type", "service", "admin"]).refusal(), "admin_role_on_service_account");
    assert_eq!(site.run(&["user", "give-role", "robot", "power_user@1001"]).exit, Some(0));
    let allowed = site.run(&["site", "edit", "--service-admins", "on"]).json();
    assert_eq!(allowed["service_admins_allowed"], true);
    assert_eq!(site.run(&give).exit, Some(0));
}
