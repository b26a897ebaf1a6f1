//! Spaces, workspaces and the site: every verb, its answer and its refusal.

use keystead::{
    domain::{authority::Authority, name::Name},
    manage::{self, Deps, workspaces},
};

use super::support::{Site, text};

// Covers: L052
#[test]
fn policies_of_a_space_are_shown_and_changed() {
    let site = Site::new();
    let mut edited = site
        .run(&[
            "space",
            "edit",
            "--name",
            "Acme Ltd",
            "--key-creation-restricted",
            "on",
            "--token-life",
            "10m",
            "--pair-life",
            "30d",
            "--sso",
            "on",
            "--password-life",
            "90d",
            "--email-domain",
            "Example.com",
            "--api-keys-supported",
            "on",
            "--api-keys",
            "off",
            "Acme",
        ])
        .json();
    // The management key was made for 90 days, and says so besides.
    let beyond = edited.as_object_mut().and_then(|edited| edited.remove("beyond_policy")).expect("a report");
    assert_eq!((&beyond["keys"], &beyond["shortened"]), (&serde_json::json!(1), &serde_json::json!(0)));
    let shown = site.run(&["space", "show", "Acme Ltd"]).json();
    assert_eq!(shown, edited);
    for (member, value) in [
        ("key_creation_restricted", serde_json::json!(true)),
        ("token_life_seconds", 600.into()),
        ("pair_life_seconds", 2_592_000.into()),
        ("sso_enabled", true.into()),
        ("password_life_seconds", 7_776_000.into()),
        ("email_domains", serde_json::json!(["example.com"])),
        ("api_keys_enabled", false.into()),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
    assert_eq!(site.run(&["key", "create", "--space", "Acme Ltd", "Key"]).refusal(), "keys_disabled");
    let back = [
        "space",
        "edit",
        "--token-life",
        "none",
        "--pair-life",
        "none",
        "--password-life",
        "none",
        "--no-email-domain",
        "Acme Ltd",
    ];
    let back = site.run(&back).json();
    for member in ["token_life_seconds", "pair_life_seconds", "password_life_seconds"] {
        assert!(back[member].is_null(), "{member}");
    }
    assert_eq!(back["email_domains"].as_array().unwrap().len(), 0);

    site.run(&["space", "create", "Other"]).json();
    assert_eq!(site.run(&["space", "edit", "--name", "Other", "Acme Ltd"]).refusal(), "name_taken");
    assert_eq!(site.run(&["space", "create", "Other"]).refusal(), "name_taken");
    assert_eq!(site.run(&["space", "edit", "Other"]).exit, Some(2));
    assert_eq!(site.run(&["space", "edit", "--pair-life", "0s", "Other"]).exit, Some(2));
    assert_eq!(site.run(&["space", "edit", "--sso", "maybe", "Other"]).exit, Some(2));
}

#[test]
fn a_space_is_closed_and_reopened_once() {
    let site = Site::new();
    let id = text(&site.run(&["space", "show", "Acme"]).json(), "id").to_owned();
    for (verb, state, word) in [("close", "closed", "already_closed"), ("reopen", "open", "already_open")] {
        assert_eq!(text(&site.run(&["space", verb, "Acme"]).json(), "state"), state);
        assert_eq!(site.run(&["space", verb, &id]).refusal(), word);
        if verb == "close" {
            assert_eq!(site.create_key(&[]).refusal(), "space_closed");
        }
    }
    let unknown = "spc_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";
    for space in ["None", unknown] {
        for command in [["show"].as_slice(), &["close"], &["reopen"], &["edit", "--sso", "on"]] {
            assert_eq!(site.run(&[&["space"], command, &[space]].concat()).refusal(), "not_found", "{command:?}");
        }
        assert_eq!(site.run(&["workspace", "list", "--space", space]).refusal(), "not_found");
        assert_eq!(site.run(&["workspace", "create", "--space", space, "One"]).refusal(), "not_found");
        assert_eq!(site.run(&["user", "list", "--space", space]).refusal(), "not_found");
        assert_eq!(site.run(&["role", "list", "--space", space]).refusal(), "not_found");
    }
}

// Covers: K2
#[test]
fn whoever_makes_a_space_names_its_administrator_and_does_not_act_in_it() {
    let site = Site::new();
    site.user("sid", &["site_admin"]);
    let create = ["space", "create", "--admin", "ann", "--admin-name", "Ann", "Made"];
    let made = site.run_as("sid", &create).json();
    let ann = site.run(&["user", "show", "ann"]).json();
    assert_eq!((&made["admin"], text(&ann["roles"][0], "role")), (&ann["id"], "space_admin"));
    assert_eq!(site.run_as("ann", &["user", "give-role", "ann", "auditor"]).refusal(), "exceeds_own_rights");
    assert_eq!(site.run_as("sid", &["user", "setup-link", "ann"]).refusal(), "missing_permission");
    let again = ["space", "create", "--admin", "ann", "Other"];
    assert_eq!(site.run(&again).refusal(), "login_taken");
    assert_eq!(site.run(&["space", "show", "Other"]).refusal(), "not_found");
    assert_eq!(site.run_as("ann", &["space", "create", "Other"]).refusal(), "missing_permission");
}

// Covers: L138
#[test]
fn workspaces_are_renamed_closed_reopened_and_removed() {
    let site = Site::new();
    assert_eq!(text(&site.run(&["workspace", "rename", "1001", "First"]).json(), "name"), "First");
    assert_eq!(site.run(&["workspace", "rename", "1001", "Two"]).refusal(), "name_taken");
    assert_eq!(site.run(&["workspace", "create", "--space", "Acme", "Two"]).refusal(), "name_taken");
    for (verb, state, word) in [("close", "closed", "already_closed"), ("reopen", "open", "already_open")] {
        assert_eq!(text(&site.run(&["workspace", verb, "1001"]).json(), "state"), state);
        assert_eq!(site.run(&["workspace", verb, "1001"]).refusal(), word);
    }
    site.user("ada", &["editor@1002"]);
    assert_eq!(text(&site.run(&["workspace", "remove", "1002"]).json(), "state"), "removed");
    assert_eq!(site.run(&["user", "show", "ada"]).json()["roles"].as_array().unwrap().len(), 0);
    for verb in ["remove", "close", "reopen", "members"] {
        assert_eq!(site.run(&["workspace", verb, "1002"]).refusal(), "not_found", "{verb}");
        assert_eq!(site.run(&["workspace", verb, "01"]).exit, Some(2), "{verb}");
    }
    assert_eq!(site.run(&["workspace", "rename", "1002", "New"]).refusal(), "not_found");
    // Its number is never given again.
    let next = site.run(&["workspace", "create", "--space", "Acme", "Two"]).json();
    assert_eq!(next["number"], 1003);
}

#[test]
fn lists_are_whole_however_long_they_are() {
    let site = Site::new();
    let master = keystead::crypto::sealed::MasterKey::load(&site.data_dir().join("keys/master.key")).unwrap();
    let deps = Deps { master: master.into() };
    site.store()
        .change(|change| {
            let name = Name::parse("Acme").unwrap();
            let space = manage::names::space(change, &Authority::OPERATOR, &name)?;
            for number in 0..400 {
                let name = Name::parse(&format!("More {number}")).unwrap();
                workspaces::create(change, &deps, &Authority::OPERATOR, workspaces::CreateWorkspace { space, name })?;
            }
            Ok::<_, manage::Error>(())
        })
        .unwrap();
    let found = site.run(&["workspace", "list", "--space", "Acme"]).json()["workspaces"].clone();
    let numbers: Vec<i64> = found.as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1001..=1402).collect::<Vec<_>>());
}

#[test]
fn policies_of_the_site_are_shown_and_changed() {
    let site = Site::new();
    let edited = site.run(&["site", "edit", "--audience", "https://api.example.com"]).json();
    assert_eq!(text(&edited, "default_audience"), "https://api.example.com");
    assert_eq!(site.run(&["site", "show"]).json(), edited);
    assert_eq!(site.run(&["site", "edit", "--audience", "http://127.0.0.1:9/api/v1"]).refusal(), "reserved_audience");
    assert_eq!(site.run(&["site", "edit"]).exit, Some(2));
    assert_eq!(site.run(&["site", "edit", "--audience", "no uri"]).exit, Some(2));
}
