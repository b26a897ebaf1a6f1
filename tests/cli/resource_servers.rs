//! Resource servers: every verb, its answer and its refusal.

use super::support::{Site, text};

const UNKNOWN: &str = "rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";

#[test]
fn a_resource_server_is_edited_stopped_started_and_deleted() {
    let site = Site::new();
    let made = site.run(&["resource-server", "create", "--audience", "https://orders.example.com", "Orders"]).json();
    let id = text(&made, "client_id");
    let run = |verb: &[&str]| site.run(&[&["resource-server"], verb].concat());
    let edited =
        run(&["edit", "--name", "Bills", "--audience", "https://bills.example.com", "--accepts-api-keys", "on", id])
            .json();
    assert_eq!((text(&edited, "name"), &edited["accepts_api_keys"]), ("Bills", &true.into()));
    assert_eq!(edited["audiences"], serde_json::json!(["https://bills.example.com"]));
    assert_eq!(run(&["show", id]).json(), edited);
    assert_eq!(run(&["edit", "--audience", "http://127.0.0.1:9/api/v1", id]).refusal(), "reserved_audience");
    assert_eq!(run(&["edit", id]).exit, Some(2));
    for (verb, state, word) in [("disable", "disabled", "already_disabled"), ("enable", "active", "not_disabled")] {
        assert_eq!(text(&run(&[verb, id]).json(), "state"), state);
        assert_eq!(run(&[verb, id]).refusal(), word);
    }
    assert_eq!(text(&run(&["delete", id]).json(), "state"), "deleted");
    for verb in [["show"].as_slice(), &["edit", "--name", "New"], &["disable"], &["enable"], &["delete"], &["add-pair"]]
    {
        assert_eq!(run(&[verb, &[id]].concat()).refusal(), "not_found", "{verb:?}");
        assert_eq!(run(&[verb, &[UNKNOWN]].concat()).refusal(), "not_found", "{verb:?}");
        assert_eq!(run(&[verb, &["rsv_1"]].concat()).exit, Some(2), "{verb:?}");
    }
}

// Covers: KM-03
#[test]
fn a_resource_server_changes_its_secret_without_a_break() {
    let site = Site::new();
    let made = site.run(&["resource-server", "create", "--audience", "https://orders.example.com", "Orders"]).json();
    let (id, first) = (text(&made, "client_id"), text(&made, "public_id"));
    let second = site.run(&["resource-server", "add-pair", "--expires", "90d", id]).json();
    assert!(second["expires_at"].is_string() && text(&second, "client_secret").len() == 60);
    assert_eq!(site.run(&["resource-server", "add-pair", id]).refusal(), "pair_limit");
    let delete = |pair: &str| site.run(&["resource-server", "delete-pair", id, pair]);
    assert_eq!(text(&delete(first).json(), "deleted"), first);
    assert_eq!(delete(first).refusal(), "not_found");
    assert_eq!(delete(text(&second, "public_id")).refusal(), "last_pair");
    let shown = site.run(&["resource-server", "show", id]);
    assert_eq!(text(&shown.json()["pairs"][0], "public_id"), text(&second, "public_id"));
    assert!(!shown.stdout.contains(text(&second, "client_secret")));
}
