//! Webhooks whose receivers are down, and nodes that die: nothing is lost, and nothing is taken twice under one id.

use std::{collections::BTreeMap, net::TcpListener, time::Duration};

use keystead::{
    domain::{event::DeliveryState, ids::WebhookId, time::Timestamp},
    jobs::{courier::Courier, outgoing::Outgoing, webhooks::WebhookErrand},
    manage::webhook_call,
    store::event_deliveries::{self, Delivery},
};

use crate::{
    application::{BROKEN, Heard, Listening, OK},
    event_world::{Hook, announce, courier, deliver, expiring, header, told},
    logout_notices::issuer,
    on_both,
    support::site::TestSite,
};

const MINUTE: Duration = Duration::from_mins(1);

/// How often each event was heard.
fn ids(heard: &[Heard]) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for one in heard {
        *ids.entry(header(one, "webhook-id").to_owned()).or_default() += 1;
    }
    ids
}

/// Two nodes have their rounds at the same time.
fn rounds(nodes: &mut [Courier<WebhookErrand>; 2]) -> usize {
    std::thread::scope(|scope| {
        let threads =
            nodes.each_mut().map(|node| scope.spawn(move || node.run_once().expect("the database answers").delivered));
        threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
    })
}

fn next_due(site: &TestSite) -> Delivery<WebhookId> {
    let now = site.store.now().expect("a time");
    let due = site.store.snapshot(|tx| event_deliveries::due::<WebhookId>(tx, now, &[], 1));
    due.expect("it answers").remove(0)
}

on_both! {
    // Covers: EV-02
    #[test]
    fn a_receiver_that_is_down_for_hours_loses_nothing_and_takes_nothing_twice(backend) {
        let site = TestSite::new(backend);
        // The port is free again at once: connections are refused.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a free port");
        let hook = Hook::at(&site, &format!("http://{address}/hook"));
        let key = site.key("viewer", &[0]);
        let mut nodes = [courier(&site), courier(&site)];
        let mut events = Vec::new();
        // More than an hour of refused connections, while events go on.
        for _ in 0..14 {
            events.push(announce(&site, expiring(&site, &key, None)).to_string());
            assert_eq!(rounds(&mut nodes), 0);
            site.clock.advance(5 * MINUTE);
        }
        // Then it is there, and broken at first.
        let listening = Listening::at(address, &[BROKEN, BROKEN, BROKEN, OK]);
        for _ in 0..6 {
            events.push(announce(&site, expiring(&site, &key, None)).to_string());
            rounds(&mut nodes);
            site.clock.advance(10 * MINUTE);
        }
        let mut turns = 0;
        while hook.deliveries(&site).iter().any(|delivery| delivery.state == DeliveryState::Waiting) {
            turns += 1;
            assert!(turns < 20, "something still waits: {:?}", hook.deliveries(&site));
            rounds(&mut nodes);
            site.clock.advance(10 * MINUTE);
        }
        let accepted = ids(&listening.heard()[3..]);
        let wanted: BTreeMap<String, usize> = events.into_iter().map(|event| (event, 1)).collect();
        assert_eq!(accepted, wanted, "each event is accepted, once");
        site.clock.advance(Duration::from_hours(24));
        assert_eq!(rounds(&mut nodes), 0, "what was taken is never sent again");
        assert!(hook.deliveries(&site).iter().all(|delivery| delivery.state == DeliveryState::Delivered));
    }

    // Covers: EV-02
    #[test]
    fn attempts_grow_apart_to_an_hour_and_end_after_days(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[BROKEN]);
        let hook = Hook::at(&site, &listening.url());
        let key = site.key("viewer", &[0]);
        announce(&site, expiring(&site, &key, None));
        let begun = site.store.now().expect("a time");
        let (mut last, mut distances) = (begun, Vec::new());
        let state = loop {
            let delivered = deliver(&site);
            let status = hook.deliveries(&site).remove(0);
            let Some(next) = status.next_attempt_at else { break status.state };
            assert_eq!((delivered, status.last_error.as_deref()), (told(0, 1, 0), Some("127.0.0.1: it answered 500")));
            let now = site.store.now().expect("a time");
            distances.push(seconds(last, next));
            last = next;
            site.clock.advance(Duration::from_secs(1 + seconds(now, next)));
        };
        assert_eq!(state, DeliveryState::GivenUp);
        assert!(seconds(begun, last) >= 3 * 24 * 3600, "it is tried for three days at least: {distances:?}");
        assert!((14..=16).contains(&distances[0]) && (29..=33).contains(&distances[1]), "{distances:?}");
        assert!(distances.iter().all(|distance| *distance <= 3602), "{distances:?}");
        assert_eq!(listening.heard().len(), distances.len());
    }

    // Covers: EV-02
    #[test]
    fn a_node_that_dies_between_a_call_and_its_note_has_it_made_again_under_the_same_id(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let hook = Hook::at(&site, &listening.url());
        let key = site.key("viewer", &[0]);
        let event = announce(&site, expiring(&site, &key, None));
        let (now, due) = (site.store.now().expect("a time"), next_due(&site));
        let claim = || site.store.redeem(|redemption| event_deliveries::claim(redemption, &due, now.plus(MINUTE)));
        assert!(claim().expect("it commits"));
        assert!(!claim().expect("it commits"), "one node alone takes it");
        // It calls, and dies before it writes down that the receiver took note.
        let call = site.store.snapshot(|tx| webhook_call::of_delivery(tx, &site.deps, &due, now));
        let call = call.expect("it answers").expect("it is wanted");
        let headers = [("webhook-id", &*call.id.to_string()), ("webhook-signature", &call.signatures)];
        let sent = Outgoing::of(&issuer()).post_json(call.url.as_str(), &headers, &call.body);
        assert_eq!(sent, Ok(200));

        assert_eq!(deliver(&site), told(0, 0, 0), "not before the call could have ended");
        site.clock.advance(2 * MINUTE);
        assert_eq!(deliver(&site), told(1, 0, 0));
        assert_eq!(ids(&listening.heard()), BTreeMap::from([(event.to_string(), 2)]), "receivers tell by the id");
        assert_eq!(hook.deliveries(&site)[0].state, DeliveryState::Delivered);
    }

    // Covers: EV-02
    #[test]
    fn an_answer_of_a_node_that_was_frozen_changes_nothing_that_is_settled(backend) {
        let site = TestSite::new(backend);
        let hook = Hook::at(&site, "http://127.0.0.1:9/");
        let key = site.key("viewer", &[0]);
        announce(&site, expiring(&site, &key, None));
        let due = next_due(&site);
        let settle = |state| site.store.redeem(|redemption| event_deliveries::settle(redemption, &due, state));
        settle(DeliveryState::Delivered).expect("it commits");
        settle(DeliveryState::Dropped).expect("it commits");
        let failed = site.store.redeem(|redemption| event_deliveries::note_failure(redemption, &due, "late"));
        failed.expect("it commits");
        let status = hook.deliveries(&site).remove(0);
        assert_eq!((status.state, status.last_error), (DeliveryState::Delivered, None));
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to.as_micros() - from.as_micros()) / 1_000_000).unwrap_or_default()
}
