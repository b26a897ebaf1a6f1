//! Webhooks: what is called, how it is signed, and that an event exists exactly if its cause does.

use std::{collections::BTreeSet, path::Path, time::Duration};

use keystead::{
    domain::{
        event::{DeliveryState, EventKind},
        ids::EventId,
        page::PageRequest,
    },
    jobs::cleanup,
    manage,
};
use serde_json::json;

use crate::{
    application::{Listening, NO_CONTENT, OK},
    event_world::{
        Hook, OPERATOR, announce, courier, deliver, expiring, header, is_signed, is_signed_with, said_by, told,
    },
    on_both,
    support::site::TestSite,
};

const DAY: Duration = Duration::from_hours(24);

fn count(site: &TestSite, rows: &str) -> i64 {
    site.database.number(&format!("(SELECT COUNT(*) FROM {rows})"))
}

on_both! {
    // Covers: EV-01, EV-03
    #[test]
    fn a_webhook_hears_what_it_wants_once_and_signed(backend) {
        let site = TestSite::new(backend);
        let [all, other, silent] = [(); 3].map(|()| Listening::answering(&[NO_CONTENT]));
        let hook = Hook::at(&site, &all.url());
        Hook::for_kinds(&site, &other.url(), &[EventKind::KeyLeaked]);
        let disabled = Hook::at(&site, &silent.url());
        let edit = manage::webhooks::EditWebhook { named: disabled.named(&site), url: None, kinds: None, enabled: Some(false) };
        site.change(|change, deps| manage::webhooks::edit(change, deps, OPERATOR, edit));
        let key = site.key("viewer", &[0]);
        let event = announce(&site, expiring(&site, &key, None));
        assert_eq!(deliver(&site), told(1, 0, 0));
        assert_eq!(deliver(&site), told(0, 0, 0), "once is enough");
        assert!(other.heard().is_empty() && silent.heard().is_empty());

        let heard = all.heard().remove(0);
        assert_eq!(header(&heard, "webhook-id"), event.to_string());
        assert_eq!(header(&heard, "content-type"), "application/json");
        let lower = heard.head.to_ascii_lowercase();
        assert!(lower.starts_with("post ") && !lower.contains("cookie") && !lower.contains("authorization"), "{lower}");
        let now = site.store.now().expect("a time").as_seconds();
        let sent: i64 = header(&heard, "webhook-timestamp").parse().expect("seconds");
        assert!((now - 60..=now).contains(&sent), "{sent} is not {now}");
        assert!(is_signed_with(&hook.secret, &heard) && !is_signed_with(&disabled.secret, &heard));
        let said = said_by(&heard);
        assert_eq!((&said["id"], &said["type"], &said["space"]), (&json!(event), &json!("key_pair.expiring"), &json!(site.space)));
        let data = json!({ "key": key.client_id, "pair": key.public_id, "name": "Key", "days_left": 7 });
        assert_eq!(said["data"], data);
        let deliveries = hook.deliveries(&site);
        assert_eq!(deliveries.len(), 1);
        assert_eq!((deliveries[0].event, deliveries[0].state, deliveries[0].attempts), (event, DeliveryState::Delivered, 1));
    }

    // Covers: EV-03
    #[test]
    fn for_a_day_after_a_rotation_calls_are_signed_with_both_secrets(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let hook = Hook::at(&site, &listening.url());
        let key = site.key("viewer", &[0]);
        let rotated = site.change(|change, deps| {
            manage::webhooks::rotate_secret(change, deps, OPERATOR, hook.named(&site))
        });
        let present = rotated.secret.expose();
        assert_ne!(present, hook.secret);
        for (wait, old_signs) in [(Duration::from_mins(24 * 60 - 1), true), (Duration::from_mins(2), false)] {
            site.clock.advance(wait);
            announce(&site, expiring(&site, &key, None));
            assert_eq!(deliver(&site), told(1, 0, 0));
            let heard = listening.heard().pop().expect("a call");
            assert!(is_signed_with(present, &heard));
            assert_eq!(is_signed_with(&hook.secret, &heard), old_signs);
            assert_eq!(header(&heard, "webhook-signature").split(' ').count(), if old_signs { 2 } else { 1 });
        }
        assert_eq!(cleanup::run_once(&site.store).expect("it cleans up").webhook_secrets, 1);
        assert_eq!(count(&site, "webhooks WHERE previous_secret IS NOT NULL OR previous_until IS NOT NULL"), 0);
    }

    // Covers: EV-01
    #[test]
    fn an_event_exists_exactly_if_its_cause_was_committed(backend) {
        let site = TestSite::new(backend);
        Hook::at(&site, "http://127.0.0.1:9/");
        let key = site.key("viewer", &[0]);
        let refused = site.try_change(|change, _| {
            manage::events::announce(change, expiring(&site, &key, None))?;
            Err::<(), _>(manage::Error::ChangedMeanwhile)
        });
        assert!(refused.is_err());
        assert_eq!((count(&site, "events"), count(&site, "event_deliveries")), (0, 0));
        let redeemed = site.store.redeem(|redemption| {
            manage::events::announce(redemption, expiring(&site, &key, None))?;
            Err::<(), _>(manage::Error::ChangedMeanwhile)
        });
        assert!(redeemed.is_err());
        assert_eq!((count(&site, "events"), count(&site, "event_deliveries")), (0, 0));
        let redeemed = site.store.redeem(|redemption| manage::events::announce(redemption, expiring(&site, &key, None)));
        let event = redeemed.expect("it commits");
        let page = site.store.snapshot(|tx| {
            manage::events::list(tx, OPERATOR, site.space, None, PageRequest::default())
        });
        let found: Vec<EventId> = page.expect("a page").items.iter().map(|event| event.id).collect();
        assert_eq!((found, count(&site, "event_deliveries")), (vec![event], 1));
    }

    // Covers: EV-01
    #[test]
    fn events_are_kept_for_ninety_days(backend) {
        let site = TestSite::new(backend);
        Hook::at(&site, "http://127.0.0.1:9/");
        let key = site.key("viewer", &[0]);
        announce(&site, expiring(&site, &key, None));
        site.clock.advance(DAY * 89);
        let young = announce(&site, expiring(&site, &key, None));
        assert_eq!(cleanup::run_once(&site.store).expect("it cleans up").events, 0);
        site.clock.advance(DAY * 2);
        assert_eq!(cleanup::run_once(&site.store).expect("it cleans up").events, 1);
        assert_eq!((count(&site, "events"), count(&site, "event_deliveries")), (1, 1));
        let kept = site.store.snapshot(|tx| manage::events::show(tx, OPERATOR, site.space, young));
        assert_eq!(kept.expect("it is kept").0.id, young);
    }

    // Covers: EV-03
    #[test]
    fn a_body_that_would_be_long_names_its_subject_alone(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        Hook::at(&site, &listening.url());
        let key = site.key("viewer", &[0]);
        let mut told_of = expiring(&site, &key, None);
        told_of.detail.insert("name".to_owned(), json!("x".repeat(9_000)));
        announce(&site, told_of);
        assert_eq!(deliver(&site), told(1, 0, 0));
        let heard = listening.heard().remove(0);
        assert_eq!(said_by(&heard)["data"], json!({ "key": key.client_id, "pair": key.public_id }));
        assert!(heard.body.len() < 8 * 1024);
    }

    // Covers: EV-02
    #[test]
    fn nodes_share_the_calls_and_each_event_is_taken_once(backend) {
        let site = TestSite::new(backend);
        let listening = [(); 3].map(|()| Listening::answering(&[OK]));
        for receiver in &listening {
            Hook::at(&site, &receiver.url());
        }
        let key = site.key("viewer", &[0]);
        let events: BTreeSet<String> = (0..10).map(|_| announce(&site, expiring(&site, &key, None)).to_string()).collect();
        let mut nodes = [courier(&site), courier(&site)];
        let delivered: usize = std::thread::scope(|scope| {
            let threads = nodes.each_mut().map(|node| {
                scope.spawn(move || node.run_once().expect("the database answers").delivered)
            });
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
        });
        assert_eq!(delivered, 30);
        for receiver in &listening {
            let heard: Vec<String> = receiver.heard().iter().map(|heard| header(heard, "webhook-id").to_owned()).collect();
            assert_eq!((heard.len(), heard.into_iter().collect::<BTreeSet<_>>()), (10, events.clone()));
        }
    }
}

// Covers: EV-03
#[test]
fn the_example_of_the_document_is_what_the_document_says() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/WEBHOOKS.md"));
    let text = text.expect("the document is there");
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no line begins with {name}")).trim().to_owned()
    };
    let [secret, id, timestamp, signatures, body] =
        ["secret:", "webhook-id:", "webhook-timestamp:", "webhook-signature:", "body:"].map(value);
    assert!(is_signed(&secret, &id, &timestamp, &body, &signatures), "{secret} {id} {timestamp} {body} {signatures}");
    assert!(keystead::crypto::secret_text::PresentedSecret::parse(&secret).is_ok(), "it has the form of a secret");
}
