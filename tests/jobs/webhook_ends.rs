//! Webhooks that are gone, removed, or of a closed space; and receivers that must not hold up others.

use std::time::{Duration, Instant};

use keystead::{
    domain::{event::DeliveryState, webhook::WebhookState},
    jobs::Jobs,
    manage::{self, webhooks::EditWebhook},
    store,
};

use crate::{
    application::{Listening, NOTHING, OK},
    event_world::{Hook, OPERATOR, announce, deliver, expiring, told},
    logout_notices::context,
    on_both,
    support::site::TestSite,
};

const GONE: &str = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
const A_WHILE: Duration = Duration::from_hours(2);

fn enable(site: &TestSite, hook: &Hook, enabled: bool) {
    let edit = EditWebhook { named: hook.named(site), url: None, kinds: None, enabled: Some(enabled) };
    site.change(|change, deps| manage::webhooks::edit(change, deps, OPERATOR, edit));
}

fn state(site: &TestSite, hook: &Hook) -> WebhookState {
    site.store.snapshot(|tx| manage::webhooks::show(tx, OPERATOR, hook.named(site))).expect("it is there").state
}

on_both! {
    // Covers: EV-04
    #[test]
    fn a_receiver_that_says_that_it_is_gone_hears_nothing_until_it_is_enabled_again(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[GONE, OK]);
        let hook = Hook::at(&site, &listening.url());
        let key = site.key("viewer", &[0]);
        let tell = || announce(&site, expiring(&site, &key, None));
        tell();
        tell();
        assert_eq!(deliver(&site), told(0, 0, 2), "the one that was refused, and the one that waited");
        assert_eq!(state(&site, &hook), WebhookState::Gone);
        let events = site.store.snapshot(|tx| store::audit::of_target(tx, &hook.id.to_string())).expect("it answers");
        let actions: Vec<_> = events.iter().map(|event| (event.actor.as_str(), event.action.as_str())).collect();
        assert_eq!(actions, [("operator", "webhook.create"), ("system", "webhook.gone")]);
        tell();
        site.clock.advance(A_WHILE);
        assert_eq!(deliver(&site), told(0, 0, 0));
        enable(&site, &hook, true);
        tell();
        assert_eq!(deliver(&site), told(1, 0, 0));
        assert_eq!(listening.heard().len(), 2);
    }

    // Covers: EV-04
    #[test]
    fn what_waits_for_a_webhook_that_nobody_wants_is_dropped(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let [removed, disabled, closed] = [(); 3].map(|()| Hook::at(&site, &listening.url()));
        let key = site.key("viewer", &[0]);
        announce(&site, expiring(&site, &key, None));
        site.change(|change, deps| manage::webhooks::remove(change, deps, OPERATOR, removed.named(&site)));
        enable(&site, &disabled, false);
        assert_eq!(site.database.number("(SELECT COUNT(*) FROM event_deliveries)"), 2);
        site.change(|change, deps| manage::spaces::close(change, deps, OPERATOR, site.space));
        announce(&site, expiring(&site, &key, None));
        assert_eq!(deliver(&site), told(0, 0, 2));
        site.change(|change, deps| manage::spaces::reopen(change, deps, OPERATOR, site.space));
        enable(&site, &disabled, true);
        site.clock.advance(A_WHILE);
        assert_eq!(deliver(&site), told(0, 0, 0), "what is dropped does not come back");
        assert!(listening.heard().is_empty());
        for hook in [disabled, closed] {
            assert_eq!(hook.deliveries(&site)[0].state, DeliveryState::Dropped);
        }
    }

    // Covers: EV-02, H9
    #[test]
    fn receivers_that_hang_redirect_or_cannot_be_called_hold_up_nobody(backend) {
        let site = TestSite::new(backend);
        let (elsewhere, good) = (Listening::answering(&[OK]), Listening::answering(&[OK]));
        let hanging = Listening::answering(&[NOTHING]);
        let found = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url());
        let redirecting = Listening::answering(&[&found]);
        let [hangs, redirects, inside, hears] =
            [&hanging, &redirecting, &good, &good].map(|receiver| Hook::at(&site, &receiver.url()));
        // Whatever was registered: what it means is judged at each call.
        site.database.execute(&format!(
            "UPDATE webhooks SET url = 'https://10.0.0.1/hook' WHERE id = {}", id_text(&site, &inside)
        ));
        let key = site.key("viewer", &[0]);
        for _ in 0..3 {
            announce(&site, expiring(&site, &key, None));
        }
        assert_eq!(deliver(&site), told(3, 3, 0), "a receiver that failed is left alone for a while");
        assert_eq!((hanging.heard().len(), redirecting.heard().len(), good.heard().len()), (1, 1, 3));
        assert!(elsewhere.heard().is_empty(), "a redirect is not followed");
        let error = |hook: &Hook| hook.deliveries(&site).pop().expect("the first").last_error.unwrap_or_default();
        assert_eq!(error(&hangs), "127.0.0.1: no answer within 5 seconds");
        assert_eq!(error(&redirects), "127.0.0.1: it answered 307");
        assert_eq!(error(&inside), "10.0.0.1: the name has no address on the public internet");
        assert_eq!(error(&hears), "");
    }

    // Covers: EV-02
    #[test]
    fn the_server_calls_webhooks_beside_its_other_jobs_and_stops(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let hook = Hook::at(&site, &listening.url());
        let jobs = Jobs::start(context(&site)).expect("threads");
        site.change(|change, deps| manage::webhooks::test(change, deps, OPERATOR, hook.named(&site)));
        let begun = Instant::now();
        while hook.deliveries(&site)[0].state == DeliveryState::Waiting {
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing was delivered");
            std::thread::yield_now();
        }
        drop(jobs);
        assert_eq!(listening.heard().len(), 1);
    }
}

/// The id of a webhook as the database writes it.
fn id_text(site: &TestSite, hook: &Hook) -> String {
    use crate::support::backend::Backend;
    let digits = hook.id.to_string().replace("whk_", "");
    match site.backend {
        Backend::Sqlite => format!("x'{digits}'"),
        Backend::Postgres => format!("'{digits}'"),
    }
}
