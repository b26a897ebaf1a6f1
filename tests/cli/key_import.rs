//! Bringing keys along at the command line, one and many.

use std::fs;

use keystead::store::audit;
use serde_json::{Value, json};

use super::support::{Finished, Site, finish_with_input, text};

const SECRET: &str = "correct horse battery staple";
const HASH: &str = "$argon2id$v=19$m=16384,t=2,p=1$YW5vdGhlciBzeXN0ZW0gMQ$mDvmdyKm+EmWNrYMeTdSnKUGc/mrrJCeRC/qHxrGBpk";

fn import<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["key", "import", "--space", "Acme"], more].concat()
}

/// A line of a file.
fn line(client_id: &str, more: &Value) -> String {
    let mut line = json!({ "client_id": client_id, "secret": SECRET, "key": { "name": "Nightly", "expires": "none" } });
    for (name, value) in more.as_object().unwrap() {
        line[name] = value.clone();
    }
    line.to_string()
}

fn outcomes(report: &Value) -> Vec<(u64, &str, &str)> {
    let lines = report["lines"].as_array().unwrap().iter();
    lines
        .map(|line| (line["line"].as_u64().unwrap(), text(line, "outcome"), line["error"].as_str().unwrap_or("")))
        .collect()
}

fn report(finished: &Finished) -> Value {
    assert!(!finished.stdout.contains(SECRET) && !finished.stderr.contains(SECRET), "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

/// Keys beside the one that a new site has.
fn keys(site: &Site) -> usize {
    site.run(&["key", "list", "--space", "Acme"]).json()["keys"].as_array().unwrap().len() - 1
}

// Covers: KM-24, KM-25, KM-16
#[test]
fn a_key_is_imported_with_a_secret_that_no_command_line_holds() {
    let site = Site::new();
    let arguments = import(&[
        "--client-id",
        "acme-nightly",
        "--secret-file",
        "-",
        "--role",
        "viewer@1001",
        "--allow-network",
        "192.0.2.0/24",
        "Nightly",
    ]);
    let made = finish_with_input(site.command(&arguments), &format!("{SECRET}\n"));
    let (printed, json) = (made.stdout.clone(), made.json());
    let id = text(&json, "client_id");
    assert_eq!(text(&json, "imported_client_id"), "acme-nightly");
    let shown = site.run(&["key", "show", id]).json();
    assert_eq!((text(&shown, "imported_client_id"), &shown["pairs"][0]["imported"]), ("acme-nightly", &json!(true)));
    assert_eq!(shown["allowed_networks"], json!(["192.0.2.0/24"]));
    let events = site.store().snapshot(|tx| audit::of_target(tx, id)).unwrap();
    assert_eq!((events.len(), events[0].action.as_str()), (1, "api_key.import"));
    for said in [printed, shown.to_string(), events[0].detail.clone()] {
        assert!(!said.contains(SECRET) && !said.contains("argon2"), "{said}");
    }

    fs::write(site.data_dir().join("hash.txt"), HASH).unwrap();
    let file = site.data_dir().join("hash.txt").display().to_string();
    assert_eq!(site.run(&import(&["--client-id", "acme-hash", "--hash-file", &file, "Hashed"])).exit, Some(0));
    assert_eq!(
        site.run(&import(&["--client-id", "acme-hash", "--hash-file", &file, "Hashed"])).refusal(),
        "client_id_taken"
    );
    let short = finish_with_input(
        site.command(&import(&["--client-id", "acme-short", "--secret-file", "-", "Short"])),
        "short\n",
    );
    assert_eq!(short.refusal(), "unacceptable_secret");
    let weak = finish_with_input(
        site.command(&import(&["--client-id", "acme-weak", "--hash-file", "-", "Weak"])),
        &HASH.replace("t=2", "t=1"),
    );
    assert_eq!(weak.refusal(), "hash_too_weak");
    for incomplete in [
        &["Nameless"][..],
        &["--client-id", "x", "X"],
        &["--client-id", "x", "--secret-file", "-"],
        &["--client-id", "x", "--secret-file", "-", "--hash-file", "-", "X"],
        &["--file", "x", "X"],
        &["--file", "x", "--role", "viewer@1001"],
        &["--dry-run", "--client-id", "x", "--secret-file", "-", "X"],
    ] {
        assert_eq!(site.run(&import(incomplete)).exit, Some(2), "{incomplete:?}");
    }
}

// Covers: KM-28
#[test]
fn a_file_of_keys_is_rehearsed_imported_and_imported_again() {
    let site = Site::new();
    site.user("ada", &["viewer@1001"]);
    let lines = [
        line("acme-1", &json!({})),
        String::new(),
        line(
            "acme-2",
            &json!({ "key": { "name": "Two", "roles": [{ "role": "viewer", "workspaces": [1001] }], "allowed_networks": ["192.0.2.7"] } }),
        ),
        line("acme-3", &json!({ "owner": "ada" })),
        line("acme-1", &json!({})),
        line("acme-4", &json!({ "key": { "name": "Four", "roles": [{ "role": "viewer", "workspaces": [9999] }] } })),
        line("acme-5", &json!({ "secret": "too short" })),
        line("acme-6", &json!({ "secret_hash": HASH })),
        line("acme-7", &json!({ "colour": "red" })),
        "not JSON, but correct horse battery staple".to_owned(),
        line("acme-8", &json!({ "secret": 12345, "key": { "name": "Eight" } })),
        line("acme-9", &json!({ "owner": "nobody" })),
    ];
    let file = site.data_dir().join("keys.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let file = file.display().to_string();
    let expected = |first: &'static str| {
        vec![
            (1, first, ""),
            (3, first, ""),
            (4, first, ""),
            (5, "already_there", ""),
            (6, "failed", "foreign_workspace"),
            (7, "failed", "unacceptable_secret"),
            (8, "failed", "secret_required"),
            (9, "failed", "invalid_field"),
            (10, "failed", "malformed_json"),
            (11, "failed", "invalid_field"),
            (12, "failed", "not_found"),
        ]
    };

    let rehearsed = site.run(&import(&["--file", &file, "--dry-run"]));
    assert_eq!((rehearsed.exit, keys(&site)), (Some(1), 0), "{}", rehearsed.stderr);
    assert_eq!(outcomes(&report(&rehearsed)), expected("imported"));
    assert!(rehearsed.stderr.contains("import_incomplete"), "{}", rehearsed.stderr);

    let done = site.run(&import(&["--file", &file]));
    assert_eq!((done.exit, keys(&site)), (Some(1), 3));
    let told = report(&done);
    assert_eq!(outcomes(&told), expected("imported"));
    assert_eq!((&told["imported"], &told["already_there"], &told["failed"]), (&json!(3), &json!(1), &json!(7)));
    let key = text(&told["lines"][1], "key");
    let shown = site.run(&["key", "show", key]).json();
    assert_eq!((text(&shown, "name"), &shown["allowed_networks"]), ("Two", &json!(["192.0.2.7/32"])));

    let again = site.run(&import(&["--file", &file]));
    assert_eq!((again.exit, keys(&site)), (Some(1), 3));
    assert_eq!(outcomes(&report(&again)), expected("already_there"));

    let good = [lines[0].as_str(), &lines[2]].join("\n");
    let quiet = finish_with_input(site.command(&import(&["--file", "-"])), &good);
    assert_eq!(quiet.exit, Some(0), "{}", quiet.stderr);
}

// Covers: KM-14, L149
#[test]
fn the_networks_of_a_key_are_set_and_lifted() {
    let site = Site::new();
    let made = site.create_key(&["--allow-network", "192.0.2.0/24", "--allow-network", "2001:db8::1"]).json();
    let id = text(&made, "client_id");
    let networks = || site.run(&["key", "show", id]).json()["allowed_networks"].clone();
    assert_eq!(networks(), json!(["192.0.2.0/24", "2001:db8::1/128"]));
    assert_eq!(site.run(&["key", "edit", "--allow-network", "10.0.0.0/8", id]).exit, Some(0));
    assert_eq!(networks(), json!(["10.0.0.0/8"]));
    assert_eq!(site.run(&["key", "edit", "--name", "Other", id]).exit, Some(0));
    assert_eq!(networks(), json!(["10.0.0.0/8"]));
    let wrong = site.run(&["key", "edit", "--allow-network", "10.0.0.1/8", id]);
    assert_eq!(wrong.exit, Some(2));
    assert!(wrong.stderr.contains("10.0.0.0/8"), "{}", wrong.stderr);
    assert_eq!(site.run(&["key", "edit", "--allow-all-networks", id]).exit, Some(0));
    assert_eq!(networks(), json!([]));
}
