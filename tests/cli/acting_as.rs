//! `--as`: what a person may do, tried by somebody who has the machine.

use keystead::store::audit;

use super::support::{Site, column, run, text};

/// A site with people: `ada` and `carol` edit in 1001, `bob` looks there, `eve` runs another space.
fn populated() -> Site {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    site.user("carol", &["editor@1001"]);
    site.user("bob", &["viewer@1001"]);
    site.run(&["space", "create", "Other"]).json();
    site.user_in("Other", "eve", &["space_admin"]);
    site
}

const OWN: [&str; 7] = ["key", "create", "--space", "Acme", "--owner", "ada", "Own"];

// Covers: L055, L127
#[test]
fn everybody_makes_keys_for_himself_and_administrators_for_all() {
    let site = populated();
    let made = site.run_as("ada", &OWN).json();
    assert_eq!(site.run_as("bob", &OWN).refusal(), "missing_permission");
    assert_eq!(site.run_as("eve", &OWN).refusal(), "not_found");
    assert_eq!(
        site.run_as("ada", &["key", "create", "--space", "Acme", "Of the space"]).refusal(),
        "missing_permission"
    );
    assert_eq!(site.run_as("admin", &OWN).exit, Some(0));
    assert_eq!(site.run_as("nobody", &OWN).refusal(), "not_found");

    let id = text(&made, "client_id");
    let events = site.store().snapshot(|tx| audit::of_target(tx, id)).unwrap();
    let actors: Vec<&str> = events.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["user"]);
    let shown = site.run(&["key", "show", id]).json();
    assert_eq!(text(&shown, "created_by"), text(&site.run(&["user", "show", "ada"]).json(), "id"));

    // Where administrators alone make keys, they still make them for others.
    site.run_as("admin", &["space", "edit", "--key-creation-restricted", "on", "Acme"]).json();
    assert_eq!(site.run_as("ada", &OWN).refusal(), "key_creation_restricted");
    assert_eq!(site.run_as("admin", &OWN).exit, Some(0));

    site.run(&["user", "disable", "ada"]).json();
    assert_eq!(site.run_as("ada", &OWN).refusal(), "not_authenticated");
}

// Covers: L056, L057
#[test]
fn who_may_only_look_makes_keys_that_only_look() {
    let site = populated();
    let create = |more: &[&str]| {
        let arguments = ["key", "create", "--space", "Acme", "--owner", "bob", "Report"];
        site.run_as("bob", &[arguments.as_slice(), more].concat())
    };
    assert_eq!(create(&["--mode", "full"]).refusal(), "exceeds_own_rights");
    for more in [[].as_slice(), &["--mode", "read_only"]] {
        let made = create(more).json();
        let id = text(&made, "client_id");
        assert_eq!(text(&site.run_as("bob", &["key", "show", id]).json(), "mode"), "read_only");
        assert_eq!(site.run_as("bob", &["key", "edit", "--mode", "full", id]).refusal(), "exceeds_own_rights");
    }
}

const LIFE: [&[&str]; 10] = [
    &["show"],
    &["edit", "--description", "Nightly"],
    &["disable"],
    &["enable"],
    &["revoke-tokens"],
    &["add-pair"],
    &["grantable"],
    &["regenerate"],
    &["revoke"],
    &["delete"],
];

// Covers: L001, L074, L103, L125
#[test]
fn a_key_is_managed_by_its_owner_and_by_administrators_and_by_nobody_else() {
    let site = populated();
    for manager in ["ada", "admin"] {
        let made = site.run_as("ada", &OWN).json();
        let id = text(&made, "client_id");
        for verb in LIFE {
            let command = [&["key"], verb, &[id]].concat();
            // The same roles help nobody, and in another space there is no such key.
            assert_eq!(site.run_as("carol", &command).refusal(), "missing_permission", "{verb:?}");
            assert_eq!(site.run_as("eve", &command).refusal(), "not_found", "{verb:?}");
            assert_eq!(site.run_as(manager, &command).exit, Some(0), "{manager} {verb:?}");
        }
        assert_eq!(site.run_as(manager, &["key", "show", id]).refusal(), "not_found");
    }
}

// Covers: KM-15
#[test]
fn lists_show_what_the_caller_may_see() {
    let site = populated();
    let made = site.run_as("ada", &OWN).json();
    let own = ["key", "list", "--owner", "ada"];
    for caller in ["ada", "admin"] {
        let keys = site.run_as(caller, &own).json()["keys"].clone();
        assert_eq!(column(&keys, "client_id"), [text(&made, "client_id")]);
    }
    assert_eq!(site.run_as("carol", &own).refusal(), "missing_permission");
    assert_eq!(site.run_as("eve", &own).refusal(), "not_found");
    assert_eq!(site.run_as("ada", &["key", "list", "--space", "Acme"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("ada", &["user", "list", "--space", "Acme"]).refusal(), "missing_permission");

    let spaces = |login: &str| site.run_as(login, &["space", "list"]).json()["spaces"].clone();
    assert_eq!(column(&spaces("ada"), "name"), ["Acme"]);
    assert_eq!(column(&spaces("eve"), "name"), ["Other"]);
    assert_eq!(column(&spaces("admin"), "name"), ["Acme", "Other"]);
    // A space of others has neither a name nor an id.
    let other = site.run(&["space", "show", "Other"]).json();
    for space in ["Other", text(&other, "id")] {
        assert_eq!(site.run_as("ada", &["space", "show", space]).refusal(), "not_found");
        assert_eq!(site.run_as("ada", &["role", "list", "--space", space]).refusal(), "not_found");
    }
    assert_eq!(site.run_as("ada", &["user", "show", "eve"]).refusal(), "not_found");
    assert_eq!(text(&site.run_as("ada", &["user", "show", "ada"]).json(), "login"), "ada");
    assert_eq!(site.run_as("ada", &["site", "show"]).refusal(), "missing_permission");
    assert_eq!(site.run_as("ada", &["resource-server", "list"]).refusal(), "missing_permission");
}

#[test]
fn what_only_the_machine_does_is_done_as_nobody() {
    let commands = [
        ["serve"].as_slice(),
        &["demo"],
        &["init", "--issuer", "http://127.0.0.1:9"],
        &["migrate"],
        &["doctor"],
        &["openapi"],
        &["completions", "bash"],
        &["signing-key", "list"],
    ];
    for command in commands {
        let said = run(&[command, &["--as", "ada"]].concat());
        assert_eq!((said.exit, said.stdout.as_str()), (Some(2), ""), "{command:?}");
        assert!(said.stderr.contains("leave out `--as`"), "{}", said.stderr);
    }
}
