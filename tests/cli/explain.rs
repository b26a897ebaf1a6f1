//! The inspector at the command line.

use serde_json::json;

use super::support::{Site, finish_with_input, keystead, text};

// Covers: EX-01, EX-03
#[test]
fn an_id_and_a_secret_are_explained_to_those_who_manage_the_key() {
    let site = Site::new();
    site.user("bob", &["viewer@1001"]);
    let key = site.create_key(&[]).json();
    let (id, secret) = (text(&key, "client_id"), text(&key, "client_secret"));
    let said = site.run(&["explain", id]).json();
    assert_eq!((&said["kind"], &said["active"]), (&json!("api_key"), &json!(true)));

    site.run(&["key", "disable", id]).json();
    for arguments in [["explain", "--stdin"], ["explain", "-"]] {
        let said = finish_with_input(site.command(&arguments), &format!("{secret}\n")).json();
        assert_eq!((&said["kind"], &said["active"]), (&json!("api_key_secret"), &json!(false)));
        let failed: Vec<_> =
            said["steps"].as_array().unwrap().iter().filter(|step| step["outcome"] == "fails").collect();
        assert_eq!((failed.len(), &failed[0]["question"]), (1, &json!("key_enabled")), "{said}");
    }
    assert_eq!(site.run_as("bob", &["explain", id]).refusal(), "not_found");
    assert_eq!(site.run_as("bob", &["explain", "key_00000000000000000000000000000001"]).refusal(), "not_found");
    assert_eq!(site.run_as("admin", &["explain", id]).exit, Some(0));
}

// Covers: EX-04
#[test]
fn a_secret_is_never_taken_from_the_command_line_nor_printed() {
    let site = Site::new();
    let key = site.create_key(&[]).json();
    let secret = text(&key, "client_secret");
    let refused = site.run(&["explain", secret]);
    assert_eq!(refused.exit, Some(2));
    assert!(!refused.stderr.contains(secret) && refused.stderr.contains("--stdin"), "{}", refused.stderr);
    assert_eq!(finish_with_input(site.command(&["explain", "-"]), "  \n").exit, Some(2));

    let mut command = keystead(&["explain", "--stdin"]);
    command.arg("--data-dir").arg(site.data_dir());
    let told = finish_with_input(command, secret);
    assert_eq!(told.exit, Some(0), "{}", told.stderr);
    assert!(!told.stdout.contains(secret.get(4..54).unwrap()), "{}", told.stdout);
    for line in ["api_key_secret: active at ", "✓ yes", "key_enabled", "The key is not disabled", "(yes)"] {
        assert!(told.stdout.contains(line), "{line}: {}", told.stdout);
    }
}
