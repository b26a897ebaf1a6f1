//! Keys that end, that nobody uses and that live too long, and leaks, at the command line.

use serde_json::{Value, json};

use super::support::{Site, finish_with_input, text};

const NOTHING: [Value; 0] = [];

fn listed(site: &Site, flags: &[&str]) -> Vec<Value> {
    // The management key of the site ends, too.
    let arguments = [["key", "list", "--space", "Acme", "--search", "Jenkins"].as_slice(), flags].concat();
    let list = site.run(&arguments).json();
    list["keys"].as_array().unwrap().iter().map(|key| key["client_id"].clone()).collect()
}

// Covers: L154, KM-29
#[test]
fn keys_that_end_soon_or_are_not_used_are_listed() {
    let site = Site::new();
    let ends = site.create_key(&["--expires", "90d"]).json();
    site.create_key(&["--expires", "none"]);
    assert_eq!(listed(&site, &["--expiring-within", "91d"]), [ends["client_id"].clone()]);
    assert_eq!(listed(&site, &["--expiring-within", "30d"]), NOTHING);
    assert_eq!(listed(&site, &["--unused-for", "1h"]), NOTHING);
    let wrong = site.run(&["key", "list", "--space", "Acme", "--expiring-within", "soon"]);
    assert_eq!(wrong.exit, Some(2));
    assert!(wrong.stderr.contains("such as `30d`"), "{}", wrong.stderr);
}

// Covers: KM-07, C11
#[test]
fn a_stricter_policy_is_rehearsed_told_and_applied() {
    let site = Site::new();
    let key = site.create_key(&["--expires", "none"]).json();
    let edit = |flags: &[&str]| site.run(&[["space", "edit"].as_slice(), flags, &["Acme"]].concat()).json();
    let rehearsed = edit(&["--pair-life", "30d", "--apply-to-existing", "--dry-run"]);
    assert_eq!(
        (&rehearsed["beyond_policy"]["shortened"], &rehearsed["beyond_policy"]["dry_run"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(site.run(&["space", "show", "Acme"]).json()["pair_life_seconds"], Value::Null);

    let told = edit(&["--pair-life", "30d"]);
    let beyond = &told["beyond_policy"];
    assert_eq!((&beyond["pairs"], &beyond["shortened"]), (&json!(2), &json!(0)));
    assert_eq!(beyond["first"][1]["key"], key["client_id"]);
    assert_eq!(listed(&site, &["--beyond-policy"]), [key["client_id"].clone()]);
    assert_eq!(edit(&["--apply-to-existing"])["beyond_policy"]["shortened"], json!(2));
    assert_eq!(listed(&site, &["--beyond-policy"]), NOTHING);
    let shown = site.run(&["key", "show", text(&key, "client_id")]).json();
    assert!(shown["pairs"][0]["expires_at"].is_string(), "{shown}");
}

// Covers: KM-23, K6
#[test]
fn a_list_of_leaked_secrets_is_handed_in_and_never_printed() {
    let site = Site::new();
    let key = site.create_key(&[]).json();
    let (id, secret) = (text(&key, "client_id"), text(&key, "client_secret"));
    let lines = format!("\n{secret}\nno secret\n{}\n{secret}\n", "x".repeat(10_000));
    let hand_in = || finish_with_input(site.command(&["leak", "report", "--source", "a wiki"]), &lines);
    let done = hand_in();
    assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret));
    let said = done.json();
    assert_eq!(said["found"], json!([{ "client_id": id, "pair": key["public_id"], "new": true, "revoked": false }]));
    assert_eq!(hand_in().json()["found"][0]["new"], json!(false));
    let leak = site.run(&["leak", "list", id]).json()["leaks"][0].clone();
    assert_eq!((&leak["reports"], &leak["source"], &leak["network"]), (&json!(2), &json!("a wiki"), &Value::Null));
    let shown = site.run(&["key", "show", id]).json();
    assert_eq!(shown["pairs"][0]["leaked_at"], leak["reported_at"]);

    site.run(&["space", "edit", "--revoke-leaked-keys", "on", "Acme"]).json();
    assert_eq!(hand_in().json()["found"][0]["revoked"], json!(true));
    assert_eq!(site.run(&["key", "show", id]).json()["pairs"], json!([]));
}
