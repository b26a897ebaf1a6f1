//! The demo site.

use std::process::Command;

use serde_json::Value;

use super::support::{Running, finish, keystead, mode, run, text};

fn demo(folder: &tempfile::TempDir, more: &[&str]) -> Command {
    let mut command = keystead(&["demo"]);
    command.arg("--data-dir").arg(folder.path().join("demo")).args(more);
    command
}

#[test]
fn a_second_run_prints_the_same_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::start(demo(&folder, &["--json", "--port", "0"]));
    let printed: Value = serde_json::from_str(&first.line).unwrap();
    assert!(text(&printed, "issuer").starts_with("http://127.0.0.1:"));
    assert_eq!(text(&printed["api_key"], "client_secret").len(), 60);
    assert_eq!(text(&printed["api_key"], "scope"), "read");
    assert_eq!(text(&printed["resource_server"], "client_secret").len(), 60);
    assert_eq!(text(&printed["management_key"], "client_secret").len(), 60);
    assert_eq!(text(&printed["user"], "login"), "demo");
    assert_eq!(mode(&folder.path().join("demo/demo.json")), 0o600);
    assert_eq!(first.terminate(), Some(0));

    let second = Running::start(demo(&folder, &["--json"]));
    assert_eq!(second.line, first_line(&printed));
    let moved = {
        drop(second);
        Running::start(demo(&folder, &["--json", "--port", "0"]))
    };
    let again: Value = serde_json::from_str(&moved.line).unwrap();
    assert_eq!((&again["api_key"], &again["user"]), (&printed["api_key"], &printed["user"]));
}

fn first_line(printed: &Value) -> String {
    format!("{printed}\n")
}

#[test]
fn a_demo_of_a_release_without_api_gets_its_management_key() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::start(demo(&folder, &["--json", "--port", "0"]));
    let file = folder.path().join("demo/demo.json");
    assert_eq!(first.terminate(), Some(0));
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    kept.as_object_mut().unwrap().remove("management_key").unwrap();
    kept.as_object_mut().unwrap().remove("admin").unwrap();
    std::fs::write(&file, kept.to_string()).unwrap();

    let second = Running::start(demo(&folder, &["--json"]));
    let printed: Value = serde_json::from_str(&second.line).unwrap();
    assert_eq!((text(&printed["management_key"], "client_secret").len(), &printed["user"]), (60, &kept["user"]));
    assert_eq!(printed["admin"], Value::Null, "there is one already, whose password nobody knows");
    drop(second);
    assert_eq!(Running::start(demo(&folder, &["--json"])).line, first_line(&printed));
}

// Covers: K10
#[test]
fn the_application_of_the_demo_sends_its_users_where_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("demo");
    let shown = |printed: &Value| {
        let id = text(&printed["application"], "client_id").to_owned();
        run(&["application", "show", &id, "--json", "--data-dir", data_dir.to_str().unwrap()]).json()
    };
    let start = |more: &[&str]| {
        let running = Running::start(demo(&folder, &[&["--json"], more].concat()));
        serde_json::from_str::<Value>(&running.line).unwrap()
    };
    let first = start(&["--port", "0"]);
    assert_eq!(text(&first["application"], "redirect_uri"), "http://127.0.0.1:8090/callback");
    assert_eq!(text(&first["application"], "client_secret").len(), 60);
    let as_made = shown(&first);
    assert_eq!((text(&as_made, "kind"), &as_made["first_party"]), ("confidential", &false.into()));
    assert_eq!(as_made["scopes"], serde_json::json!(["openid", "offline_access"]));
    assert_eq!((&as_made["optional_scopes"], text(&as_made, "id_token_algorithm")), (&serde_json::json!([]), "RS256"));

    let moved = start(&["--redirect-uri", "http://127.0.0.1:9090/cb"]);
    assert_eq!(shown(&moved)["redirect_uris"], serde_json::json!(["http://127.0.0.1:9090/cb"]));
    assert_eq!(moved["application"]["client_secret"], first["application"]["client_secret"]);
    assert_eq!(start(&[]), moved);
    assert_eq!(finish(demo(&folder, &["--redirect-uri", "http://app.example.com/"])).exit, Some(2));
}

#[test]
fn a_demo_of_a_release_without_applications_gets_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::start(demo(&folder, &["--json", "--port", "0"]));
    let file = folder.path().join("demo/demo.json");
    assert_eq!(first.terminate(), Some(0));
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    kept.as_object_mut().unwrap().remove("application").unwrap();
    kept["redirect_uri"] = "http://127.0.0.1:9090/cb".into();
    std::fs::write(&file, kept.to_string()).unwrap();

    let second = Running::start(demo(&folder, &["--json"]));
    let printed: Value = serde_json::from_str(&second.line).unwrap();
    assert_eq!(text(&printed["application"], "redirect_uri"), "http://127.0.0.1:9090/cb");
    drop(second);
    assert_eq!(Running::start(demo(&folder, &["--json"])).line, first_line(&printed));
}

#[test]
fn the_key_of_the_demo_can_be_managed_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(demo(&folder, &["--json", "--port", "0"]));
    let printed: Value = serde_json::from_str(&running.line).unwrap();
    let id = text(&printed["api_key"], "client_id");
    let data_dir = folder.path().join("demo");
    let shown = run(&["key", "show", id, "--json", "--data-dir", data_dir.to_str().unwrap()]).json();
    assert_eq!((text(&shown, "integration_type"), shown["roles"].as_array().unwrap().len()), ("ci_cd", 3));
    let revoked = run(&["key", "revoke", id, "--json", "--data-dir", data_dir.to_str().unwrap()]).json();
    assert_eq!(text(&revoked, "status"), "revoked");
}

#[test]
fn two_servers_on_one_sqlite_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _running = Running::start(demo(&folder, &["--json", "--port", "0"]));
    let second = finish(demo(&folder, &["--json", "--port", "0"]));
    assert_eq!((second.exit, second.stdout.as_str()), (Some(1), ""));
    assert!(second.stderr.contains("another keystead serve uses"), "{}", second.stderr);
}

#[test]
fn the_text_says_that_it_is_no_production_site() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(demo(&folder, &["--port", "0"]));
    assert!(running.line.contains("no production site"), "{}", running.line);
}
