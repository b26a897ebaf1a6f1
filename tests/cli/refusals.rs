//! What is refused, with which exit code and word, and that nothing is left behind.

use std::{fs, net::TcpListener};

use super::support::{Site, column, finish, keystead, run};

#[test]
fn a_mistyped_command_is_a_usage_error_with_a_hint() {
    let said = run(&["keey", "create"]);
    assert_eq!((said.exit, said.stdout.as_str()), (Some(2), ""));
    assert!(said.stderr.contains("'key'"), "{}", said.stderr);
    assert_eq!(run(&["key", "create", "--space", "Acme"]).exit, Some(2));
    assert_eq!(run(&["key", "revoke", "not-an-id"]).exit, Some(2));
}

// Covers: L020, L032, L033
#[test]
fn roles_that_a_key_cannot_have_are_refused_by_name() {
    let site = Site::new();
    let cases = [
        (["--role", "no_such_role@1001"].as_slice(), "unknown_role"),
        (&["--role", "viewer"], "workspace_required"),
        (&["--role", "viewer@9999"], "foreign_workspace"),
        (&["--role", "integration_bridge@1001"], "space_level_role"),
        (&["--role", "integration_bridge", "--role", "viewer@1001"], "bridge_mixed"),
        (&["--role", "bridge_service"], "internal_role"),
        (&["--role", "site_admin"], "site_role"),
        (&["--expires", "2001-01-01"], "expiry_in_the_past"),
    ];
    for (arguments, word) in cases {
        assert_eq!(site.create_key(arguments).refusal(), word, "{arguments:?}");
    }
    // The one that the site began with.
    let keys = site.run(&["key", "list", "--space", "Acme"]).json()["keys"].clone();
    assert_eq!(column(&keys, "name"), ["Management"]);
}

// Covers: L033, KM-15
#[test]
fn a_workspace_of_another_space_is_foreign() {
    let site = Site::new();
    site.run(&["space", "create", "Other"]).json();
    let number = site.run(&["workspace", "create", "--space", "Other", "Theirs"]).json()["number"].clone();
    assert_eq!(site.create_key(&["--role", &format!("viewer@{number}")]).refusal(), "foreign_workspace");
}

// Covers: L048, L049
#[test]
fn keys_are_not_supported_in_sandboxes_and_on_premises() {
    let site = Site::new();
    for kind in ["sandbox", "on_premises"] {
        site.run(&["space", "create", "--kind", kind, kind]).json();
        assert_eq!(site.run(&["key", "create", "--space", kind, "Key"]).refusal(), "not_supported_here");
    }
}

#[test]
fn a_mistyped_data_folder_is_refused_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    for command in [["space", "list"].as_slice(), &["migrate"], &["key", "list", "--space", "Acme"]] {
        let mut command = keystead(command);
        command.arg("--json").arg("--data-dir").arg(&missing);
        assert_eq!(finish(command).refusal(), "no_site");
    }
    assert!(!missing.exists());
}

#[test]
fn a_database_out_of_reach_is_exit_code_3_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://nobody@{free}/nothing");
    for command in [["space", "list"].as_slice(), &["init", "--issuer", "http://127.0.0.1:9"], &["migrate"]] {
        let mut command = keystead(command);
        command.current_dir(folder.path()).args(["--data-dir", "site", "--database", &url]);
        let said = finish(command);
        assert_eq!((said.exit, said.stdout.as_str()), (Some(3), ""), "{}", said.stderr);
        assert!(said.stderr.contains("[database_unavailable]"), "{}", said.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
