//! Webhooks and events: every verb, its answer and its refusal.

use serde_json::json;

use super::support::{Site, text};

const UNKNOWN: &str = "whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";
const URL: &str = "https://hooks.example.com/keystead";

// Covers: EV-06, EV-07
#[test]
fn a_webhook_is_made_shown_edited_tried_and_removed() {
    let site = Site::new();
    let of_space = |verb: &[&str], rest: &[&str]| site.run(&[&["webhook"], verb, &["--space", "Acme"], rest].concat());
    let made = of_space(&["create", "--kind", "key.leaked"], &[URL]).json();
    let (id, secret) = (text(&made["webhook"], "id"), text(&made, "secret"));
    assert!(secret.starts_with("ksh_") && secret.len() == 60);
    let shown = of_space(&["show"], &[id]);
    assert_eq!((shown.json(), made["webhook"]["kinds"].clone()), (made["webhook"].clone(), json!(["key.leaked"])));
    assert_eq!(of_space(&["list"], &[]).json()["webhooks"], json!([made["webhook"]]));
    let edited = of_space(&["edit", "--all-kinds", "--enabled", "off"], &[id]).json();
    assert_eq!((&edited["kinds"], text(&edited, "state")), (&json!([]), "disabled"));
    assert_eq!(of_space(&["test"], &[id]).refusal(), "webhook_not_active");
    assert_eq!(text(&of_space(&["edit", "--enabled", "on"], &[id]).json(), "state"), "active");
    let event = of_space(&["test"], &[id]).json();
    let deliveries = of_space(&["deliveries"], &[id]).json();
    assert_eq!(
        (&deliveries["deliveries"][0]["event"], &deliveries["deliveries"][0]["state"]),
        (&event["event"], &json!("waiting"))
    );
    let rotated = of_space(&["rotate-secret"], &[id]);
    assert_ne!(text(&rotated.json(), "secret"), secret);
    assert!(!of_space(&["show"], &[id]).stdout.contains(text(&rotated.json(), "secret")));
    let events = site.run(&["event", "list", "--space", "Acme", "--kind", "webhook.test"]).json();
    assert_eq!((&events["events"][0]["id"], events["events"].as_array().map(Vec::len)), (&event["event"], Some(1)));
    let whole = site.run(&["event", "show", "--space", "Acme", text(&event, "event")]).json();
    assert_eq!((&whole["deliveries"][0]["receiver"], &whole["event"]["type"]), (&json!(id), &json!("webhook.test")));
    assert_eq!(text(&of_space(&["remove"], &[id]).json(), "state"), "removed");
    for verb in
        [["show"].as_slice(), &["edit", "--enabled", "on"], &["remove"], &["rotate-secret"], &["test"], &["deliveries"]]
    {
        assert_eq!(of_space(verb, &[id]).refusal(), "not_found", "{verb:?}");
        assert_eq!(of_space(verb, &[UNKNOWN]).refusal(), "not_found", "{verb:?}");
        assert_eq!(of_space(verb, &["whk_1"]).exit, Some(2), "{verb:?}");
    }
}

// Covers: EV-06, H9
#[test]
fn places_that_cannot_be_called_are_refused() {
    let site = Site::new();
    let create = |url: &str| site.run(&["webhook", "create", "--space", "Acme", url]);
    assert_eq!(create("https://10.0.0.1/").refusal(), "invalid_webhook_url");
    for url in ["http://hooks.example.com/", "https://user:word@hooks.example.com/", "hooks"] {
        let refused = create(url);
        assert_eq!(refused.exit, Some(2), "{url}");
    }
    assert_eq!(site.run(&["webhook", "create", "--space", "Acme", "--kind", "all", URL]).exit, Some(2));
    assert_eq!(
        site.run(&["event", "show", "--space", "Acme", "evt_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"]).refusal(),
        "not_found"
    );
}
