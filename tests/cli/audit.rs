//! `keystead audit`: what happened, for whoever has the machine and for auditors.

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use serde_json::Value;

use super::support::{Site, column, finish, keystead, run, text};

// Covers: L150, L151
#[test]
fn the_operator_sees_everything_and_narrows_it() {
    let site = Site::new();
    let key = site.create_key(&["--role", "viewer@1001"]).json();
    let id = text(&key, "client_id").to_owned();
    site.run(&["key", "disable", &id]).json();
    let list = |more: &[&str]| {
        let found = site.run(&[&["audit", "list"], more].concat()).json();
        column(&found["events"], "action").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = list(&["--limit", "1000"]);
    assert!(all.contains(&"site.init".to_owned()) && all.contains(&"api_key.disable".to_owned()));
    assert_eq!(list(&["--space", "Acme", "--limit", "1"]), ["api_key.disable"]);
    assert!(
        list(&["--site"]).contains(&"site.init".to_owned())
            && !list(&["--site"]).contains(&"api_key.disable".to_owned())
    );
    assert_eq!(list(&["--key", &id]), ["api_key.disable", "api_key.create"]);
    assert_eq!(list(&["--pair", text(&key, "public_id"), "--action", "api_key.create"]), ["api_key.create"]);
    assert_eq!(list(&["--space", "Acme", "--workspace", "1001", "--action", "api_key."]), ["api_key.create"]);
    assert_eq!(list(&["--to", "2020-01-01"]), Vec::<String>::new());
    let folder = site.data_dir().display().to_string();
    let table = run(&["audit", "list", "--data-dir", &folder, "--limit", "1"]);
    assert!(table.stdout.starts_with("AT ") && table.stdout.contains(&id), "{}", table.stdout);
    assert_eq!(run(&["audit", "list", "--action", "everything"]).exit, Some(2));
    assert_eq!(run(&["audit", "list", "--space", "Acme", "--site"]).exit, Some(2));
}

// Covers: L151
#[test]
fn a_person_reads_what_the_persons_roles_allow() {
    let site = Site::new();
    site.user("ada", &["auditor"]);
    site.user("bob", &["space_admin"]);
    let of_space = ["audit", "list", "--space", "Acme"];
    assert_eq!(site.run_as("ada", &of_space).exit, Some(0));
    assert_eq!(site.run_as("bob", &of_space).refusal(), "missing_permission");
    for more in [&["audit", "list"][..], &["audit", "list", "--site"], &["audit", "export"]] {
        assert_eq!(site.run_as("ada", more).refusal(), "missing_permission");
    }
}

// Covers: L150, K13
#[test]
fn an_export_prints_sealed_events_line_by_line_and_goes_on() {
    let site = Site::new();
    let folder = site.data_dir().display().to_string();
    let export = |more: &[&str]| {
        let done = finish(keystead(&[&["audit", "export", "--data-dir", folder.as_str()], more].concat()));
        assert_eq!(done.exit, Some(0), "{}", done.stderr);
        done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(export(&[]), Vec::<Value>::new());
    let file = site.data_dir().join("keystead.sqlite");
    let mut connection = SqliteConnection::establish(&file.display().to_string()).unwrap();
    // More than one part.
    let events = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO audit_events (id, seq, at, actor_kind, action, target, detail, position, seal)
        SELECT randomblob(16), 1, i, 'operator', 'site.edit', 'site', '{}', i, zeroblob(32) FROM n";
    connection.batch_execute(events).unwrap();
    let positions = |events: &[Value]| events.iter().filter_map(|event| event["position"].as_i64()).collect::<Vec<_>>();
    assert_eq!(positions(&export(&[])), (1..=2500).collect::<Vec<_>>());
    assert_eq!(positions(&export(&["--site", "--after", "2498"])), [2499, 2500]);
    assert_eq!(export(&["--space", "Acme"]), Vec::<Value>::new());
    let noted = site.run(&["audit", "list", "--action", "audit.export"]).json();
    assert_eq!(column(&noted["events"], "target").len(), 3, "once for each stream: {noted}");
}
