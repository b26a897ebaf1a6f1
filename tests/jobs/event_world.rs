//! Events to be told of, webhooks that hear them, and what a receiver reads strictly.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keystead::{
    domain::{
        authority::Authority,
        change::Subject,
        event::{Announcement, EventKind, EventOwner, EventSubject},
        ids::{EventId, UserId, WebhookId},
        webhook::WebhookUrl,
    },
    jobs::{
        courier::{Courier, Told},
        outgoing::Outgoing,
        webhooks::WebhookErrand,
    },
    manage::{
        self,
        webhooks::{CreateWebhook, OfSpace},
    },
    store::event_deliveries::DeliveryStatus,
};
use serde_json::{Map, Value, json};

use crate::{
    application::Heard,
    logout_notices::{context, issuer},
    support::credential::key_id,
    support::site::{Credential, TestSite},
};

pub(crate) const OPERATOR: &Authority = &Authority::OPERATOR;

/// A webhook, and the secret that its calls are signed with.
pub(crate) struct Hook {
    pub(crate) id: WebhookId,
    pub(crate) secret: String,
}

impl Hook {
    /// One for events of all kinds.
    pub(crate) fn at(site: &TestSite, url: &str) -> Self {
        Self::for_kinds(site, url, &[])
    }

    pub(crate) fn for_kinds(site: &TestSite, url: &str, kinds: &[EventKind]) -> Self {
        let url = WebhookUrl::parse(url).expect("it can be called");
        let input = CreateWebhook { space: site.space, url, kinds: kinds.to_vec() };
        let made = site.change(|change, deps| manage::webhooks::create(change, deps, OPERATOR, input));
        Self { id: made.webhook.id, secret: made.secret.expose().to_owned() }
    }

    pub(crate) fn named(&self, site: &TestSite) -> OfSpace {
        OfSpace { space: site.space, id: self.id }
    }

    /// What is known of its deliveries, newest first.
    pub(crate) fn deliveries(&self, site: &TestSite) -> Vec<DeliveryStatus> {
        let named = self.named(site);
        let page = site.store.snapshot(|tx| {
            let all =
                keystead::domain::page::PageRequest { after: None, size: keystead::domain::page::PageSize::LARGEST };
            manage::webhooks::deliveries(tx, OPERATOR, named, all)
        });
        page.expect("a page").items
    }
}

/// That a pair of this key ends soon.
pub(crate) fn expiring(site: &TestSite, key: &Credential, owner: Option<UserId>) -> Announcement {
    let space = site.space;
    let mut detail = Map::new();
    detail.insert("name".to_owned(), json!("Key"));
    detail.insert("days_left".to_owned(), json!(7));
    Announcement {
        kind: EventKind::KeyPairExpiring,
        subject: EventSubject::ApiKey(key_id(key), Some(key.public_id)),
        owner: owner.map_or(EventOwner::Space(space), |id| EventOwner::User { id, space }),
        detail,
    }
}

/// Something happens, and is announced in the change that does it.
pub(crate) fn announce(site: &TestSite, told: Announcement) -> EventId {
    site.change(|change, _| {
        change.touch(Subject::Space(site.space))?;
        Ok(manage::events::announce(change, told)?)
    })
}

/// Whoever calls webhooks on a node that has just started.
pub(crate) fn courier(site: &TestSite) -> Courier<WebhookErrand> {
    Courier::sent_for(WebhookErrand::new(&context(site), Outgoing::of(&issuer())))
}

/// One round of a node that has just started.
pub(crate) fn deliver(site: &TestSite) -> Told {
    courier(site).run_once().expect("the database answers")
}

pub(crate) fn told(delivered: usize, failed: usize, dropped: usize) -> Told {
    Told { delivered, failed, dropped }
}

/// A header of a call.
pub(crate) fn header<'a>(heard: &'a Heard, name: &str) -> &'a str {
    let line = heard.head.lines().find_map(|line| {
        let (given, value) = line.split_once(": ")?;
        given.eq_ignore_ascii_case(name).then_some(value)
    });
    line.unwrap_or_else(|| panic!("no {name}: {}", heard.head))
}

/// As `docs/WEBHOOKS.md` tells receivers to do it.
pub(crate) fn is_signed(secret: &str, id: &str, timestamp: &str, body: &str, signatures: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("ksh_").expect("a prefix")).expect("base64");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{timestamp}.{body}").as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(tag));
    signatures.split(' ').any(|given| given == wanted)
}

/// Whether a call is signed with this secret.
pub(crate) fn is_signed_with(secret: &str, heard: &Heard) -> bool {
    let [id, timestamp, signatures] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(heard, name));
    is_signed(secret, id, timestamp, &heard.body, signatures)
}

/// The body of a call.
pub(crate) fn said_by(heard: &Heard) -> Value {
    serde_json::from_str(&heard.body).expect("JSON")
}
