//! The call that tells a webhook of an event, as it is at this moment (Standard Webhooks 1.0.0).

use super::{deps::Deps, error::Error};
use crate::{
    crypto::webhook_signature::WebhookKey,
    domain::{
        event::Event,
        ids::{EventId, WebhookId},
        space::SpaceState,
        time::Timestamp,
        webhook::{WebhookState, WebhookUrl},
    },
    store::{self, event_deliveries::Delivery, transaction::Reads},
};

/// Bytes that a body may have.
const MOST_BYTES: usize = 8 * 1024;

/// What is sent, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookCall {
    /// Where the webhook listens.
    pub url: WebhookUrl,
    /// `webhook-id`: the same however often it is sent.
    pub id: EventId,
    /// `webhook-timestamp`: of this attempt, in seconds.
    pub timestamp: i64,
    /// `webhook-signature`: one, or two for a while after the secret was rotated.
    pub signatures: String,
    /// The event, as JSON.
    pub body: String,
}

/// The call of a delivery; none if nobody wants to hear any more: the webhook is disabled or removed, its space closed.
///
/// # Errors
/// Those of the database, and `master_key`.
pub fn of_delivery(
    tx: &mut impl Reads,
    deps: &Deps,
    delivery: &Delivery<WebhookId>,
    now: Timestamp,
) -> Result<Option<WebhookCall>, Error> {
    let id = delivery.receiver;
    let webhook = store::webhooks::find(tx, id)?.filter(|webhook| webhook.state == WebhookState::Active);
    let Some(webhook) = webhook else { return Ok(None) };
    let is_open = store::spaces::find(tx, webhook.space)?.is_some_and(|space| space.state == SpaceState::Open);
    if !is_open {
        return Ok(None);
    }
    let Some(event) = store::events::find(tx, delivery.event)? else { return Ok(None) };
    let Some(sealed) = store::webhooks::secrets(tx, id)? else { return Ok(None) };
    let previous = sealed.previous.filter(|(_, until)| *until > now).map(|(secret, _)| secret);
    let body = body(&event);
    let signatures = std::iter::once(sealed.present).chain(previous).map(|sealed| {
        let key = WebhookKey::open(&deps.master, id, &sealed)?;
        Ok(key.sign(&event.id.to_string(), now, &body))
    });
    let signatures = signatures.collect::<Result<Vec<_>, Error>>()?.join(" ");
    Ok(Some(WebhookCall { url: webhook.url, id: event.id, timestamp: now.as_seconds(), signatures, body }))
}

/// Of an event with more to say than fits, what names its subject is told, and the rest can be asked for.
fn body(event: &Event) -> String {
    let whole = written(event);
    if whole.len() <= MOST_BYTES {
        return whole;
    }
    let mut short = event.clone();
    short.told.detail = serde_json::Map::new();
    written(&short)
}

fn written(event: &Event) -> String {
    serde_json::to_value(event.message()).map(|message| message.to_string()).unwrap_or_default()
}
