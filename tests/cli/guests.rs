//! Guests: users of one space with roles in another.

use super::support::{Site, column, text};

// Covers: L128, L134
#[test]
fn a_guest_comes_and_goes_and_keys_stay_at_home() {
    let site = Site::new();
    site.run(&["space", "create", "Other"]).json();
    let id = site.user_in("Other", "eve", &[]);
    let invite = ["user", "invite-guest", "--space", "Acme", "eve", "viewer@1001"];
    assert_eq!(text(&site.run(&invite).json(), "id"), id);
    assert_eq!(site.run(&invite).refusal(), "already_given");
    let guests = site.run(&["user", "list", "--space", "Acme", "--guests"]).json()["users"].clone();
    assert_eq!(column(&guests, "login"), ["eve"]);
    assert_eq!(site.run(&["user", "give-role", "--space", "Acme", "eve", "editor@1001"]).exit, Some(0));

    let create = ["key", "create", "--space", "Other", "--owner", "eve", "--role", "viewer@1001", "Key"];
    assert_eq!(site.run(&create).refusal(), "foreign_domain");
    assert_eq!(site.create_key(&["--owner", "eve"]).refusal(), "foreign_owner");

    let remove = ["user", "remove-guest", "--space", "Acme", "eve"];
    assert_eq!(site.run(&remove).json()["guest"], false);
    assert_eq!(site.run(&remove).refusal(), "not_found");
    assert_eq!(site.run(&["user", "show", "eve"]).json()["roles"].as_array().unwrap().len(), 0);
    for verb in [
        ["invite-guest", "--space", "Acme", "admin", "viewer@1001"].as_slice(),
        &["remove-guest", "--space", "Acme", "admin"],
    ] {
        assert_eq!(site.run(&[&["user"], verb].concat()).refusal(), "guest_at_home");
    }
}
