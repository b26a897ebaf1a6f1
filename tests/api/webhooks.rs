//! Webhooks through the API: a secret that is shown once, places that may be called, and what is left in the audit log.

use keystead::{
    domain::{authority::Authority, space::SpaceKind, webhook::WebhookUrl},
    manage::{
        spaces::{self, CreateSpace},
        webhooks::{self, CreateWebhook, MOST_WEBHOOKS, OfSpace},
    },
    store,
};
use serde_json::{Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::site::{TestSite, name},
};

const URL: &str = "https://hooks.example.com/keystead?token=hidden-part";

fn list(site: &TestSite) -> String {
    format!("/spaces/{}/webhooks", site.space)
}

/// Makes one, and answers its path and its secret.
fn make(admin: &Caller<'_>, site: &TestSite) -> (String, String) {
    let made = admin.post(&list(site), &json!({ "url": URL, "kinds": ["key.leaked"] }));
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
    (format!("{}/{id}", list(site)), made["secret"].as_str().expect("a secret").to_owned())
}

on_both! {
    // Covers: EV-06
    #[test]
    fn a_webhook_is_made_edited_tried_and_removed(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (path, secret) = make(&admin, &site);
        assert!(secret.starts_with("ksh_") && secret.len() == 60);
        let shown = admin.get(&path).json();
        assert_eq!((&shown["url"], &shown["kinds"], &shown["state"]), (&json!(URL), &json!(["key.leaked"]), &json!("active")));
        let edited = admin.patch(&path, &json!({ "kinds": [], "enabled": false })).json();
        assert_eq!((&edited["kinds"], &edited["state"]), (&json!([]), &json!("disabled")));
        assert_refused(&admin.post(&format!("{path}/test"), &json!({})), 409, "webhook_not_active");
        assert_eq!(admin.patch(&path, &json!({ "enabled": true })).text("state"), "active");
        let event = admin.post(&format!("{path}/test"), &json!({})).text("event");
        let deliveries = admin.get(&format!("{path}/deliveries")).json();
        let delivery = &deliveries["items"][0];
        assert_eq!((&delivery["event"], &delivery["type"]), (&json!(event), &json!("webhook.test")));
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("waiting"), &json!(0)));
        assert_eq!(admin.get(&list(&site)).json()["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(admin.delete(&path).status, 204);
        assert_refused(&admin.get(&path), 404, "not_found");
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM event_deliveries)"), 0, "what waited is dropped");
    }

    // Covers: EV-06, K6
    #[test]
    fn secrets_are_shown_once_and_are_in_no_audit_row(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let create = || {
            let body = json!({ "url": URL });
            admin.call("POST", &list(&site)).header("Idempotency-Key", "once").json(&body).send().json()
        };
        let (made, again) = (create(), create());
        let first = made["secret"].as_str().expect("a secret").to_owned();
        assert_eq!((&again["webhook"], again["secret"].as_str()), (&made["webhook"], None), "{again}");
        let id = made["webhook"]["id"].as_str().expect("an id");
        let path = format!("{}/{id}", list(&site));
        let rotated = admin.post(&format!("{path}/rotate-secret"), &json!({})).json();
        let second = rotated["secret"].as_str().expect("a secret").to_owned();
        assert_ne!(first, second);
        assert!(rotated["webhook"]["previous_secret_until"].is_string());
        admin.patch(&path, &json!({ "url": "https://other.example.com/", "enabled": false }));
        let rows = site.store.snapshot(|tx| store::audit::of_target(tx, id)).expect("it answers");
        let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["webhook.create", "webhook.rotate_secret", "webhook.edit"]);
        let details: String = rows.iter().map(|row| row.detail.as_str()).collect();
        let shown = [admin.get(&path).body, admin.get(&list(&site)).body, details.clone()].concat();
        for secret in [&first, &second] {
            assert!(!shown.contains(secret.as_str()) && !shown.contains(secret.get(20..54).expect("the secret part")), "{shown}");
        }
        assert!(!details.contains("hidden-part") && details.contains("hooks.example.com"), "{details}");
    }

    // Covers: EV-06, H9, K4
    #[test]
    fn only_places_that_may_be_called_are_registered(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (path, _) = make(&admin, &site);
        for url in [
            "https://user:word@hooks.example.com/", "https://user@hooks.example.com/", "http://hooks.example.com/",
            "ftp://hooks.example.com/", "hooks.example.com", "", "https://hooks.example.com/#here",
        ] {
            assert_refused(&admin.post(&list(&site), &json!({ "url": url })), 422, "invalid_field");
            assert_refused(&admin.patch(&path, &json!({ "url": url })), 422, "invalid_field");
        }
        for url in ["https://10.0.0.1/", "https://169.254.169.254/latest", "https://[fd00:ec2::254]/", "https://0.0.0.0/"] {
            assert_refused(&admin.post(&list(&site), &json!({ "url": url })), 422, "invalid_webhook_url");
            assert_refused(&admin.patch(&path, &json!({ "url": url })), 422, "invalid_webhook_url");
        }
        assert_refused(&admin.post(&list(&site), &json!({ "url": URL, "kinds": ["everything"] })), 422, "invalid_field");
        assert_refused(&admin.post(&list(&site), &json!({ "url": URL, "secret": "mine" })), 400, "unknown_field");
        // The issuer of the site is on loopback, so programs there may be called; elsewhere they may not.
        assert_eq!(admin.post(&list(&site), &json!({ "url": "http://127.0.0.1:9/" })).status, 201);
        site.database.execute("UPDATE site SET issuer = 'https://id.example.com'");
        let refused = site.try_change(|change, deps| {
            let input = CreateWebhook {
                space: site.space,
                url: WebhookUrl::parse("http://127.0.0.1:9/").expect("it is one"),
                kinds: Vec::new(),
            };
            webhooks::create(change, deps, &Authority::OPERATOR, input)
        });
        assert_eq!(refused.expect_err("it is refused").code(), "invalid_webhook_url");
    }

    // Covers: EV-06
    #[test]
    fn a_space_has_a_bounded_number_of_webhooks(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        for _ in 0..MOST_WEBHOOKS {
            make(&admin, &site);
        }
        assert_refused(&admin.post(&list(&site), &json!({ "url": URL })), 409, "webhook_limit");
        let (first, second) = (admin.get(&format!("{}?limit=15", list(&site))).json(), |cursor: &Value| {
            admin.get(&format!("{}?limit=15&cursor={}", list(&site), cursor.as_str().expect("a cursor"))).json()
        });
        let rest = second(&first["next_cursor"]);
        assert_eq!((first["items"].as_array().map(Vec::len), rest["items"].as_array().map(Vec::len)), (Some(15), Some(5)));
    }

    // Covers: EV-06, K3
    #[test]
    fn the_webhooks_of_another_space_do_not_exist(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let (path, _) = make(&admin, &site);
        let id = path.rsplit('/').next().expect("an id");
        let other = site.change(|change, deps| {
            let input = CreateSpace {
                name: name("Other"),
                kind: SpaceKind::Production,
                internal_services: false,
            };
            let operator = &Authority::OPERATOR;
            Ok(spaces::create(change, deps, operator, input)?.id)
        });
        let elsewhere = format!("/spaces/{other}/webhooks/{id}");
        for answer in [
            admin.get(&elsewhere), admin.patch(&elsewhere, &json!({})), admin.delete(&elsewhere),
            admin.post(&format!("{elsewhere}/test"), &json!({})), admin.get(&format!("{elsewhere}/deliveries")),
            admin.post(&format!("{elsewhere}/rotate-secret"), &json!({})),
        ] {
            assert_refused(&answer, 404, "not_found");
        }
        let operator = &Authority::OPERATOR;
        let named = OfSpace { space: other, id: id.parse().expect("an id") };
        let found = site.store.snapshot(|tx| webhooks::show(tx, operator, named));
        assert_eq!(found.expect_err("it is of another space").code(), "not_found");
        assert_eq!(admin.get(&path).status, 200);
    }
}
