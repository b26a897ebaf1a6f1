//! What a real process writes into its log: one line an event, whatever people type, and nothing that is secret.

use std::collections::BTreeSet;

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use keystead::config::DatabaseUrl;
use serde_json::Value;

use crate::{
    installation::{Installation, Node},
    support::{backend::Backend, http::Response, site::Credential},
};

/// Ends a line and begins one that looks like an event, with a tail that moves the cursor.
const FORGERY: &str = "jo\r\n{\"event\":\"forged\",\"level\":\"ERROR\"}\n\u{1b}[2J\u{85}\u{2028}";

/// Puts the forgery wherever a caller may put something.
fn forge(node: &Node, key: &Credential) {
    let escaped = FORGERY.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let fields = |login: &str| format!("client_id={login}&client_secret={login}&grant_type={login}&scope={login}");
    let form = "application/x-www-form-urlencoded";
    let post = |path: &str| node.client.post(path).body(form, fields(&escaped)).send();
    let mut answers: Vec<Response> =
        ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/par"].map(post).into();
    answers.push(node.client.post("/login").body(form, format!("login={escaped}&password={escaped}")).send());
    answers.push(node.client.post_form("/oauth/token", (FORGERY, FORGERY), &[("grant_type", FORGERY)]));
    answers.push(node.client.post_form(
        "/oauth/token",
        key.pair(),
        &[("grant_type", "client_credentials"), ("scope", FORGERY)],
    ));
    answers.push(node.client.get(&format!("/{escaped}?{escaped}")).send());
    answers.push(node.client.get(&format!("/api/v1/spaces/{escaped}")).bearer(&escaped).send());
    answers.push(node.client.get("/account").header("User-Agent", "x\u{85}{\"event\":1}").send());
    assert!(answers.iter().all(|answer| answer.status < 500), "{answers:?}");
}

fn node(site: &Installation, settings: &[(&str, &str)]) -> Node {
    site.node_with(|command| {
        command.envs(settings.iter().copied());
    })
}

fn lines_after_the_end(mut node: Node) -> Vec<String> {
    assert_eq!(node.process.terminate().code(), Some(0));
    node.process.stderr_so_far().lines().map(str::to_owned).collect()
}

// Covers: K13, OM-04
#[test]
fn whatever_is_typed_each_event_stays_one_object_on_one_line() {
    let site = Installation::new(Backend::Sqlite);
    let key = site.key("viewer@1001");
    let node = node(&site, &[("KEYSTEAD_LOG__LEVEL", "trace"), ("KEYSTEAD_LOG__ACCESS", "true")]);
    forge(&node, &key);
    let lines = lines_after_the_end(node);
    assert!(lines.len() > 10, "{lines:?}");
    for line in &lines {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string() && event["target"].is_string(), "{line}");
        assert_eq!(event.get("event"), None, "{line}");
        assert!(!line.contains("forged"), "nothing that was typed is logged: {line}");
    }
}

// Covers: K13
#[test]
fn the_log_for_people_is_as_hard_to_forge() {
    let site = Installation::new(Backend::Sqlite);
    let key = site.key("viewer@1001");
    let settings = [("KEYSTEAD_LOG__LEVEL", "trace"), ("KEYSTEAD_LOG__ACCESS", "true")];
    let mut command = site.command(&["serve"]);
    command.envs(settings).env("KEYSTEAD_LISTEN__ADDRESS", "127.0.0.1:0").env("KEYSTEAD_MANAGEMENT__ADDRESS", "off");
    let mut process = crate::support::process::Running::spawn(&mut command);
    let said = process.wait_for_error_line(|line| line.contains("serving"));
    let port = said.split("plain=Some(127.0.0.1:").nth(1).and_then(|rest| rest.split(')').next()).expect("a port");
    let client = crate::support::http::Client::new(format!("http://127.0.0.1:{port}"));
    client.post_form("/oauth/token", (FORGERY, FORGERY), &[("grant_type", FORGERY)]);
    client.post_form("/oauth/token", key.pair(), &[("grant_type", "client_credentials")]);
    assert_eq!(process.terminate().code(), Some(0));
    for line in process.stderr_so_far().lines() {
        let stamp = line.split(' ').next().unwrap_or_default();
        assert!(stamp.ends_with('Z') && stamp.starts_with("20"), "{line}");
        assert!(!line.contains("forged") && !line.chars().any(char::is_control), "{line}");
    }
}

// Covers: OM-04, I13
#[test]
fn the_access_log_has_one_line_a_request_without_path_and_query() {
    let site = Installation::new(Backend::Sqlite);
    let key = site.key("viewer@1001");
    let silent = site.node();
    silent.mint(&key);
    let written = lines_after_the_end(silent);
    assert!(!written.iter().any(|line| line.contains("keystead::access")), "off unless it is wanted");

    let node = node(&site, &[("KEYSTEAD_LOG__ACCESS", "true"), ("KEYSTEAD_PROXY__TRUSTED", "127.0.0.1")]);
    let token = node.mint(&key);
    let answer = node.client.get("/api/v1/spaces/spc_1?cursor=canary").header("X-Forwarded-For", "203.0.113.77").send();
    let id = answer.header("x-request-id").expect("an id").to_owned();
    node.client.get(&format!("/{token}")).send();
    let lines = lines_after_the_end(node);
    let access: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|event| event["target"] == "keystead::access")
        .collect();
    assert_eq!(access.len(), 3, "{access:#?}");
    let shown = access.iter().find(|event| event["request_id"] == id.as_str()).expect("the line of the request");
    assert_eq!(shown["endpoint"], "/api/v1/spaces/{space}");
    assert_eq!((&shown["method"], &shown["status"]), (&Value::from("GET"), &Value::from(answer.status)));
    assert_eq!(shown["network"], "203.0.113.0/24");
    assert!(shown["duration_us"].as_u64().is_some_and(|micros| micros > 0), "{shown}");
    let fields: BTreeSet<&str> = shown.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected =
        ["timestamp", "level", "target", "request_id", "method", "endpoint", "status", "duration_us", "network"];
    assert_eq!(fields, BTreeSet::from(expected));
    let all = lines.join("\n");
    assert!(!all.contains("canary") && !all.contains(&token) && !all.contains("spc_1"), "{all}");
}

// Covers: OM-06
#[test]
fn trouble_of_our_own_is_logged_once_with_the_id_that_the_caller_got() {
    let site = Installation::new(Backend::Sqlite);
    let key = site.key("viewer@1001");
    let node = site.node();
    node.mint(&key);
    let DatabaseUrl::Sqlite(file) = &site.url else { panic!("it lies in a file") };
    let mut behind = SqliteConnection::establish(&file.to_string_lossy()).expect("the file opens");
    behind.batch_execute("DROP VIEW change_feed").expect("nobody can decide any more");
    let ids: Vec<String> = [node.token(&key), node.client.get("/login").send()]
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 503, "{}", answer.body);
            answer.header("x-request-id").expect("an id").to_owned()
        })
        .collect();
    let lines = lines_after_the_end(node);
    for id in ids {
        let told: Vec<_> = lines.iter().filter(|line| line.contains(&id)).collect();
        assert_eq!(told.len(), 1, "{lines:#?}");
        let event: Value = serde_json::from_str(told[0]).expect("JSON");
        assert_eq!(event["level"], "ERROR", "{event}");
        assert!(event["error"].as_str().is_some_and(|error| error.contains("change_feed")), "{event}");
    }
}
