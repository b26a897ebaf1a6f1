//! People who come and go: invitations, moved keys, and the report of what can act for somebody.

use super::support::{Site, column, text};

// Covers: PE-01, PE-02
#[test]
fn people_are_invited_and_invitations_resent_and_revoked() {
    let site = Site::new();
    let create = ["user", "create", "--space", "Acme", "--full-name", "Ada", "--invite", "show", "ada"];
    let made = site.run(&create).json();
    let first = text(&made["invitation"], "invitation_link").to_owned();
    assert!(first.starts_with("http://127.0.0.1:9/setup/ksi_"), "{first}");
    let shown = || site.run(&["user", "show", "ada"]);
    assert_eq!(text(&shown().json()["invitation"], "state"), "waiting");
    assert_eq!(text(&shown().json()["invitation"], "made_by"), "operator");
    assert!(!shown().stdout.contains("ksi_"));
    assert_eq!(site.run(&["user", "invite", "ada"]).refusal(), "already_invited");
    let second = site.run(&["user", "resend-invitation", "ada"]).json();
    assert_ne!(text(&second, "invitation_link"), first);
    assert_eq!(text(&site.run(&["user", "revoke-invitation", "ada"]).json(), "invitation"), "revoked");
    assert!(shown().json()["invitation"].is_null());
    assert_eq!(site.run(&["user", "revoke-invitation", "ada"]).refusal(), "not_invited");
    assert_eq!(site.run(&["user", "resend-invitation", "ada"]).refusal(), "not_invited");
    assert_eq!(site.run(&["user", "invite", "--mail", "ada"]).refusal(), "mail_not_configured");
    assert_eq!(site.run(&["user", "invite", "nobody"]).refusal(), "not_found");
    let human = super::support::finish({
        let mut command = super::support::keystead(&["user", "invite", "ada"]);
        command.arg("--data-dir").arg(site.data_dir());
        command
    });
    assert!(human.stdout.contains("/setup/ksi_") && human.stdout.contains("shown this once"), "{}", human.stdout);
}

// Covers: PE-06, PE-07, PE-09
#[test]
fn keys_are_moved_and_the_report_tells_of_it() {
    let site = Site::new();
    site.user("ada", &["viewer@1001"]);
    let old = site.create_key(&["--owner", "ada"]).json();
    let old = text(&old, "client_id");
    site.run(&["user", "create", "--space", "Acme", "--full-name", "Robot", "--service", "robot"]).json();
    let start = ["user", "move-keys", "ada", "--to", "robot", "--overlap-hours"];
    let moving = |more: &[&str]| site.run(&[start.as_slice(), more].concat());
    assert_eq!(moving(&["721", "--key", old]).exit, Some(2));
    assert_eq!(moving(&["24"]).exit, Some(2));
    assert_eq!(moving(&["24", "--key", old]).refusal(), "roles_missing");
    let moved = moving(&["24", "--key", old, "--give-missing-roles"]).json();
    let moved = &moved["moved"][0];
    assert!(text(&moved["to"], "client_secret").starts_with("ksk_"));
    let new = text(&moved["to"], "client_id");
    assert_eq!(text(&site.run(&["key", "show", old]).json(), "moved_to"), new);
    assert_eq!(text(&site.run(&["key", "show", new]).json(), "moved_from"), old);
    let reach = site.run(&["user", "reach", "ada"]).json();
    assert_eq!((&reach["keys_on_overlap"], column(&reach["keys"]["items"], "client_id")), (&1.into(), vec![old]));
    assert_eq!(text(&reach["cannot_log_in"], "reason"), "no_password");
    let human = super::support::finish({
        let mut command = super::support::keystead(&["user", "reach", "ada"]);
        command.arg("--data-dir").arg(site.data_dir());
        command
    });
    assert!(human.stdout.contains("Keys that were moved and still work: 1"), "{}{}", human.stdout, human.stderr);
    assert_eq!(moving(&["24", "--key", old]).refusal(), "already_moved");
}

// Covers: L073
#[test]
fn keys_whose_owner_cannot_log_in_are_listed() {
    let site = Site::new();
    site.user("ada", &["viewer@1001"]);
    let key = site.create_key(&["--owner", "ada"]).json();
    site.create_key(&[]).json();
    let list = site.run(&["key", "list", "--space", "Acme", "--owner-cannot-log-in"]).json();
    assert_eq!(column(&list["keys"], "client_id"), [text(&key, "client_id")]);
    assert_eq!(text(&list["keys"][0]["owner_cannot_log_in"], "reason"), "no_password");
}
