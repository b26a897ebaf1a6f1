//! What a new site begins with, and setup links.

use keystead::store::{audit, setup_links};

use super::support::{Site, column, finish, keystead, text};

// Covers: K10
#[test]
fn init_makes_a_space_its_administrator_and_a_key_that_manages_it() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("site");
    let run = |arguments: &[&str]| {
        let mut command = keystead(arguments);
        command.arg("--json").arg("--data-dir").arg(&data_dir);
        finish(command)
    };
    let made = run(&["init", "--issuer", "http://127.0.0.1:9"]).json();
    assert_eq!((text(&made["space"], "name"), text(&made["admin"], "login")), ("Main", "admin"));

    let admin = run(&["user", "show", "admin"]).json();
    assert_eq!(text(&admin, "id"), text(&made["admin"], "id"));
    let mut roles = column(&admin["roles"], "role");
    roles.sort_unstable();
    assert_eq!(roles, ["site_admin", "space_admin"]);
    assert!(admin["password_set_at"].is_null());

    let key = run(&["key", "show", text(&made["management_key"], "client_id")]).json();
    assert_eq!((text(&key["roles"][0], "role"), text(&key["roles"][0], "in")), ("space_admin", "space"));
    assert_eq!((text(&key, "owner"), &key["pairs"][0]["expires_at"]), ("space", &made["management_key"]["expires_at"]));
    assert!(made["management_key"]["expires_at"].is_string());

    // Roles of the site are passed on by name, to keys of people who hold them.
    let create = ["key", "create", "--space", "Main", "--role", "site_admin"];
    let of_admin = run(&[create.as_slice(), &["--owner", "admin", "Site routes"]].concat()).json();
    let shown = run(&["key", "show", text(&of_admin, "client_id")]).json();
    assert_eq!((text(&shown["roles"][0], "role"), text(&shown["roles"][0], "in")), ("site_admin", "site"));
    assert_eq!(run(&[create.as_slice(), &["Key"]].concat()).refusal(), "site_role");

    let secret = text(&made["admin"], "setup_link").rsplit('/').next().unwrap();
    let key_secret = text(&made["management_key"], "client_secret");
    for path in std::fs::read_dir(&data_dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(secret) && !holds(key_secret), "{}", path.display());
    }
}

#[test]
fn init_takes_other_names_and_tells_people_what_the_link_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut init = keystead(&["init", "--issuer", "http://127.0.0.1:9", "--space", "Own", "--admin", "Root"]);
    init.arg("--data-dir").arg(folder.path().join("site"));
    let said = finish(init);
    assert_eq!(said.exit, Some(0), "{}", said.stderr);
    for part in [
        "Own",
        "http://127.0.0.1:9/setup/ksi_",
        "to set the password of root, once, until",
        "ksk_",
        "--owner root --role site_admin",
    ] {
        assert!(said.stdout.contains(part), "{part} is not in\n{}", said.stdout);
    }
}

// Covers: K6
#[test]
fn a_setup_link_is_shown_once_and_replaces_the_one_before() {
    let site = Site::new();
    let id: keystead::domain::ids::UserId = site.user("ada", &[]).parse().unwrap();
    let store = site.store();
    let kept = || store.snapshot(|tx| setup_links::of_user(tx, id)).unwrap();
    assert_eq!(kept(), None);
    let link = |login: &str| site.run(&["user", "setup-link", login]);
    let first = link("ada").json();
    let before = kept().unwrap();
    let second = link("ada").json();
    let after = kept().unwrap();
    assert!(before.public_id != after.public_id && before.made_at < after.made_at);
    let (url, other) = (text(&second, "setup_link"), text(&first, "setup_link"));
    assert_ne!(url, other);
    let secret = url.strip_prefix("http://127.0.0.1:9/setup/").unwrap();
    assert!(secret.starts_with("ksi_") && secret.len() == 60 && secret.contains(after.public_id.as_str()));
    assert_eq!(text(&second, "expires_at"), after.expires_at.to_string());

    let events = store.snapshot(|tx| audit::of_target(tx, &id.to_string())).unwrap();
    assert_eq!(events.iter().filter(|event| event.action == "user.make_setup_link").count(), 2);
    assert!(events.iter().all(|event| !event.detail.contains(secret)));

    site.run(&["user", "create", "--space", "Acme", "--full-name", "Robot", "--service", "robot"]).json();
    assert_eq!(link("robot").refusal(), "service_password");
    assert_eq!(link("nobody").refusal(), "not_found");
    site.run(&["user", "disable", "ada"]).json();
    assert_eq!(link("ada").refusal(), "owner_disabled");
}
