//! Every verb of users but those of roles, its answer and its refusal.

use super::support::{Site, column, finish_with_input, text};

#[test]
fn a_user_who_is_not_there_is_not_found_by_any_verb() {
    let site = Site::new();
    let commands: [&[&str]; 10] = [
        &["show", "nobody"],
        &["edit", "--full-name", "New", "nobody"],
        &["disable", "nobody"],
        &["enable", "nobody"],
        &["delete", "nobody"],
        &["setup-link", "nobody"],
        &["give-role", "nobody", "viewer@1001"],
        &["take-role", "nobody", "viewer@1001"],
        &["invite-guest", "--space", "Acme", "nobody", "viewer@1001"],
        &["remove-guest", "--space", "Acme", "nobody"],
    ];
    for command in commands {
        assert_eq!(site.run(&[&["user"], command].concat()).refusal(), "not_found", "{command:?}");
        if command[0] != "invite-guest" {
            let id = "usr_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";
            let by_id: Vec<&str> = command.iter().map(|word| if *word == "nobody" { id } else { word }).collect();
            assert_eq!(site.run(&[&["user"], by_id.as_slice()].concat()).refusal(), "not_found", "{command:?}");
        }
    }
    assert_eq!(site.run(&["user", "show", "two words"]).exit, Some(2));
    assert_eq!(site.run(&["user", "edit", "admin"]).exit, Some(2));
    assert_eq!(site.run(&["user", "set-password", "admin"]).exit, Some(2));
}

// Covers: L139, L142
#[test]
fn users_are_made_listed_shown_and_edited() {
    let site = Site::new();
    let create = [
        "user",
        "create",
        "--space",
        "Acme",
        "--full-name",
        "Ada Lovelace",
        "--email",
        "ada@example.com",
        "--email",
        "a@example.org",
        "--sso-exempt",
        "Ada",
    ];
    let made = site.run(&create).json();
    assert_eq!(text(&made, "login"), "ada");
    assert_eq!(site.run(&create).refusal(), "login_taken");
    let shown = site.run(&["user", "show", text(&made, "id")]).json();
    assert_eq!(shown["emails"], serde_json::json!(["a@example.org", "ada@example.com"]));
    assert_eq!((&shown["sso_exempt"], text(&shown, "account_type")), (&true.into(), "standard"));

    site.user("bob", &[]);
    let logins = |more: &[&str]| {
        let users = site.run(&[&["user", "list", "--space", "Acme"], more].concat()).json()["users"].clone();
        column(&users, "login").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(logins(&[]), ["admin", "ada", "bob"]);
    assert_eq!(logins(&["--search", "LOVE"]), ["ada"]);
    assert_eq!(logins(&["--guests"]), [""; 0]);

    let edit =
        ["user", "edit", "--login", "countess", "--full-name", "Ada King", "--no-email", "--sso-exempt", "off", "ada"];
    let edited = site.run(&edit).json();
    assert_eq!((text(&edited, "login"), text(&edited, "full_name")), ("countess", "Ada King"));
    assert_eq!((&edited["emails"], &edited["sso_exempt"]), (&serde_json::json!([]), &false.into()));
    assert_eq!(site.run(&["user", "edit", "--login", "bob", "countess"]).refusal(), "login_taken");
    assert_eq!(site.run(&["user", "edit", "--login", "x", "ada"]).refusal(), "not_found");

    site.run(&["space", "edit", "--email-domain", "example.com", "Acme"]).json();
    let service = ["user", "create", "--space", "Acme", "--full-name", "Robot", "--service", "--email"];
    let of = |address| site.run(&[service.as_slice(), &[address, "robot"]].concat());
    assert_eq!(of("robot@example.org").refusal(), "email_outside_domains");
    assert_eq!(of("robot@mail.example.com").exit, Some(0));
    assert_eq!(site.run(&["user", "edit", "--email", "r@example.org", "robot"]).refusal(), "email_outside_domains");
}

// Covers: L130
#[test]
fn api_keys_of_a_user_are_switched_off_and_on() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    let switch = |to: &str| site.run(&["user", "edit", "--api-keys", to, "ada"]).json()["api_keys_enabled"].clone();
    assert_eq!(switch("off"), false);
    assert_eq!(site.create_key(&["--owner", "ada"]).refusal(), "owner_keys_disabled");
    assert_eq!(switch("on"), true);
    assert_eq!(site.create_key(&["--owner", "ada"]).exit, Some(0));
}

// Covers: L126
#[test]
fn keys_of_a_disabled_user_come_back_if_somebody_says_so() {
    let site = Site::new();
    site.user("ada", &["editor@1001"]);
    let key = site.create_key(&["--owner", "ada"]).json();
    let id = text(&key, "client_id");
    let status = || {
        let shown = site.run(&["key", "show", id]).json();
        (text(&shown, "status").to_owned(), shown["status_reason"].clone())
    };
    for (more, after) in [(["--restore-keys"].as_slice(), "active"), (&[], "disabled")] {
        let stopped = site.run(&["user", "disable", "ada"]).json();
        assert_eq!((text(&stopped, "state"), &stopped["keys"]), ("disabled", &serde_json::json!([id])));
        assert_eq!(site.run(&["user", "disable", "ada"]).refusal(), "already_disabled");
        assert_eq!(status(), ("disabled".to_owned(), "owner_disabled".into()));
        let enable = [&["user", "enable", "ada"], more].concat();
        assert_eq!(site.run(&enable).json()["restored_keys"], !more.is_empty());
        assert_eq!(site.run(&enable).refusal(), "not_disabled");
        assert_eq!(status().0, after);
    }
    assert_eq!(site.run(&["key", "enable", id]).exit, Some(0));
    assert_eq!(site.run_as("admin", &["user", "disable", "admin"]).refusal(), "own_account");
}

// Covers: L147, K6
#[test]
fn passwords_come_in_on_standard_input_and_service_accounts_have_none() {
    let site = Site::new();
    let id = site.user("ada", &[]);
    let set = |login: &str, password: &str| {
        finish_with_input(site.command(&["user", "set-password", "--password-stdin", login]), password)
    };
    let password = "correct horse battery";
    let said = set("ada", &format!("{password}\n"));
    assert_eq!(text(&said.json(), "id"), id);
    let shown = site.run(&["user", "show", "ada"]);
    assert!(shown.json()["password_set_at"].is_string());
    assert!(!said.stdout.contains(password) && !shown.stdout.contains(password));
    assert_eq!(set("ada", "short\n").refusal(), "weak_password");
    assert_eq!(set("nobody", &format!("{password}\n")).refusal(), "not_found");

    site.run(&["user", "create", "--space", "Acme", "--full-name", "Robot", "--service", "robot"]).json();
    assert_eq!(set("robot", &format!("{password}\n")).refusal(), "service_password");
    assert_eq!(site.run(&["user", "edit", "--type", "service", "ada"]).refusal(), "service_password");
}

// Covers: L139
#[test]
fn a_user_without_roles_can_be_deleted_with_all_keys() {
    let site = Site::new();
    let id = site.user("ada", &["editor@1001"]);
    let key = site.create_key(&["--owner", "ada"]).json();
    assert_eq!(site.run(&["user", "delete", "ada"]).refusal(), "user_has_roles");
    site.run(&["user", "take-role", "ada", "editor@1001"]).json();
    assert_eq!(text(&site.run(&["user", "delete", "ada"]).json(), "id"), id);
    assert_eq!(site.run(&["user", "delete", "ada"]).refusal(), "not_found");
    assert_eq!(site.run(&["key", "show", text(&key, "client_id")]).refusal(), "not_found");
    // The login is free, the id is gone for ever.
    assert_ne!(site.user("ada", &[]), id);
}
