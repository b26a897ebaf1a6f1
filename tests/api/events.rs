//! Events through the API: newest first, by kind, and how each went to its receivers.

use keystead::{
    domain::{
        authority::Authority,
        change::Subject,
        event::{Announcement, EventKind, EventOwner, EventSubject},
        ids::EventId,
    },
    manage::{
        events,
        webhooks::{self, CreateWebhook},
    },
};
use serde_json::{Map, Value, json};

use crate::{
    caller::{Caller, assert_refused},
    on_both,
    support::credential::key_id,
    support::site::{Credential, TestSite},
};

fn announce(site: &TestSite, kind: EventKind, key: &Credential) -> EventId {
    let told = Announcement {
        kind,
        subject: EventSubject::ApiKey(key_id(key), Some(key.public_id)),
        owner: EventOwner::Space(site.space),
        detail: Map::new(),
    };
    // Each has a moment of its own, so that their order is known.
    site.clock.advance(std::time::Duration::from_secs(1));
    site.change(|change, _| {
        change.touch(Subject::Space(site.space))?;
        Ok(events::announce(change, told)?)
    })
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

on_both! {
    // Covers: EV-07
    #[test]
    fn events_are_listed_newest_first_in_pages_and_by_kind(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let manager = Caller::with_permission(&site, &server, &["keys.manage"]);
        let key = site.key("viewer", &[0]);
        let made = [EventKind::KeyPairExpiring, EventKind::KeyLeaked, EventKind::KeyPairExpiring]
            .map(|kind| announce(&site, kind, &key).to_string());
        let path = format!("/spaces/{}/events", site.space);
        let first = manager.get(&format!("{path}?limit=2")).json();
        assert_eq!(ids(&first), [made[2].as_str(), &made[1]]);
        let cursor = first["next_cursor"].as_str().expect("more");
        let rest = manager.get(&format!("{path}?limit=2&cursor={cursor}")).json();
        assert_eq!((ids(&rest), rest["next_cursor"].as_str()), (vec![made[0].as_str()], None));
        let leaked = manager.get(&format!("{path}?type=key.leaked")).json();
        assert_eq!(ids(&leaked), [made[1].as_str()]);
        assert_refused(&manager.get(&format!("{path}?type=key.lost")), 400, "invalid_parameter");
        assert_refused(&manager.get(&format!("{path}?type=key.leaked&cursor={cursor}")), 400, "invalid_cursor");
        let shown = &leaked["items"][0];
        assert_eq!((&shown["type"], &shown["space"]), (&json!("key.leaked"), &json!(site.space)));
        assert_eq!(shown["data"], json!({ "key": key.client_id, "pair": key.public_id }));
    }

    // Covers: EV-07
    #[test]
    fn an_event_tells_how_it_went_to_its_receivers(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let admin = Caller::admin(&site, &server);
        let hook = site.change(|change, deps| {
            let url = keystead::domain::webhook::WebhookUrl::parse("https://hooks.example.com/").expect("a URL");
            let input = CreateWebhook { space: site.space, url, kinds: Vec::new() };
            Ok(webhooks::create(change, deps, &Authority::OPERATOR, input)?.webhook.id)
        });
        let event = announce(&site, EventKind::KeyLeaked, &site.key("viewer", &[0]));
        let shown = admin.get(&format!("/spaces/{}/events/{event}", site.space)).json();
        assert_eq!(shown["event"]["id"], json!(event));
        let delivery = json!({ "channel": "webhook", "receiver": hook, "state": "waiting", "attempts": 0, "last_error": null });
        assert_eq!(shown["deliveries"], json!([delivery]));
        let unknown = "evt_0190b2c8c6a97a3f9d6f4be0a1c2d3e4";
        assert_refused(&admin.get(&format!("/spaces/{}/events/{unknown}", site.space)), 404, "not_found");
        assert_refused(&admin.get(&format!("/spaces/{}/events/{hook}", site.space)), 404, "not_found");
    }
}
