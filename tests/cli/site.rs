//! Making a site and looking after it.

use std::{fs, os::unix::fs::PermissionsExt};

use super::support::{Site, finish, keystead, mode, run, text};

// Covers: K10
#[test]
fn init_makes_folder_and_master_key_for_their_owner_alone() {
    let site = Site::new();
    assert_eq!(mode(&site.data_dir()), 0o700);
    assert_eq!(mode(&site.data_dir().join("keys")), 0o700);
    assert_eq!(mode(&site.data_dir().join("keys/master.key")), 0o600);
}

#[test]
fn a_second_init_is_refused_and_leaves_the_master_key_alone() {
    let site = Site::new();
    let key = fs::read(site.data_dir().join("keys/master.key")).unwrap();
    let again = site.run(&["init", "--issuer", "https://other.example.com"]);
    assert_eq!(again.refusal(), "already_initialized");
    assert_eq!(fs::read(site.data_dir().join("keys/master.key")).unwrap(), key);
}

#[test]
fn the_audience_of_the_own_api_is_no_default_audience() {
    let folder = tempfile::tempdir().unwrap();
    let mut init = keystead(&["init", "--json", "--issuer", "https://id.example.com"]);
    init.args(["--audience", "https://id.example.com/api/v1", "--data-dir"]).arg(folder.path().join("site"));
    assert_eq!(finish(init).refusal(), "reserved_audience");
}

#[test]
fn doctor_finds_a_fresh_site_healthy_and_an_exposed_master_key_not() {
    let site = Site::new();
    assert_eq!(site.run(&["doctor"]).json()["ok"], true);

    let key = site.data_dir().join("keys/master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let found = site.run(&["doctor"]);
    assert_eq!(found.exit, Some(1));
    assert!(found.stdout.contains("chmod 600"), "{}", found.stdout);
    assert_eq!(site.create_key(&[]).refusal(), "master_key");
}

#[test]
fn doctor_says_when_the_master_key_is_that_of_another_site() {
    let (site, other) = (Site::new(), Site::new());
    fs::copy(other.data_dir().join("keys/master.key"), site.data_dir().join("keys/master.key")).unwrap();
    let found = site.run(&["doctor"]);
    assert_eq!(found.exit, Some(1));
    assert!(found.stdout.contains("put back the master key"), "{}", found.stdout);
}

#[test]
fn migrate_has_nothing_to_do_on_a_fresh_site() {
    assert_eq!(Site::new().run(&["migrate"]).json()["migrated"].as_array().unwrap().len(), 0);
}

#[test]
fn a_resource_server_gets_one_secret_and_an_audience_of_its_own() {
    let site = Site::new();
    let create = |name, audience| site.run(&["resource-server", "create", "--audience", audience, name]);
    let made = create("Orders", "https://orders.example.com").json();
    assert_eq!(text(&made, "client_secret").len(), 60);
    assert_eq!(create("Other", "https://orders.example.com").refusal(), "audience_taken");
    assert_eq!(create("Orders", "https://other.example.com").refusal(), "name_taken");
    assert_eq!(create("Own", "http://127.0.0.1:9/api/v1").refusal(), "reserved_audience");
    let listed = site.run(&["resource-server", "list"]);
    assert_eq!(listed.json()["resource_servers"].as_array().unwrap().len(), 1);
    assert!(!listed.stdout.contains(text(&made, "client_secret")));
}

#[test]
fn serve_refuses_a_site_of_another_issuer_and_a_database_without_site() {
    let site = Site::new();
    let mut serve = site.command(&["serve"]);
    serve.env("KEYSTEAD_ISSUER", "http://127.0.0.1:10");
    assert_eq!(finish(serve).refusal(), "other_issuer");

    fs::write(site.data_dir().join("empty.sqlite"), "").unwrap();
    let empty = site.run(&["serve", "--database", "sqlite://empty.sqlite"]);
    assert_eq!((empty.exit, empty.stdout.as_str()), (Some(1), ""));
    assert!(empty.stderr.contains("keystead init"), "{}", empty.stderr);
}

const NOUNS: [&str; 9] = [
    "key: create list show edit give-role take-role grantable revoke regenerate disable enable revoke-tokens delete \
     add-pair delete-pair set-expiry",
    "user: create list show edit disable enable delete set-password setup-link give-role take-role invite-guest \
     remove-guest",
    "space: create list show edit close reopen",
    "workspace: create list rename close reopen remove members",
    "role: list show create copy edit delete",
    "permission: list register forget",
    "resource-server: create list show edit disable enable delete add-pair delete-pair",
    "site: show edit",
    "signing-key: list rotate revoke",
];

#[test]
fn help_names_exit_codes_and_every_command_has_an_example() {
    let help = run(&["--help"]).stdout;
    for line in ["0  done", "1  refused", "2  the command line", "3  the database"] {
        assert!(help.contains(line), "{help}");
    }
    for command in ["serve", "demo", "init", "migrate", "doctor", "completions"] {
        assert!(run(&[command, "--help"]).stdout.contains("Example"), "{command}");
    }
    for noun in NOUNS {
        let (noun, verbs) = noun.split_once(':').unwrap();
        for verb in verbs.split_whitespace() {
            assert!(run(&[noun, verb, "--help"]).stdout.contains("Example"), "{noun} {verb}");
        }
    }
}

#[test]
fn completions_know_the_commands() {
    let script = run(&["completions", "bash"]);
    assert_eq!(script.exit, Some(0));
    assert!(script.stdout.contains("signing-key"));
}
