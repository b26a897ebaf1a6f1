//! What is done with a webhook: it gets another secret, it is tried, and its deliveries are looked at.

use schemars::JsonSchema;
use serde::Serialize;

use super::webhooks::{MANAGERS, NewSecretView, TAG, named, view};
use crate::{
    domain::{
        event::{DeliveryState, EventKind},
        ids::EventId,
        page::{Page, PageRequest},
        time::Timestamp,
    },
    http::api::{
        body::Nothing,
        handler::{issue, list},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::webhooks,
    store::{Change, Rows, event_deliveries::DeliveryStatus},
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "rotate_webhook_secret",
            verb: Verb::Post,
            path: "/spaces/{space}/webhooks/{webhook}/rotate-secret",
            tag: TAG,
            summary: "Gives a webhook another secret, in this answer only; for a day its calls are signed with both",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "{}",
            handler: issue(view, rotate),
        },
        Operation {
            id: "test_webhook",
            verb: Verb::Post,
            path: "/spaces/{space}/webhooks/{webhook}/test",
            tag: TAG,
            summary: "Sends an event of the kind `webhook.test` to a webhook, whatever kinds it wants",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "space_closed"), (409, "webhook_not_active")],
            example: "{}",
            handler: issue(view, try_out),
        },
        Operation {
            id: "list_webhook_deliveries",
            verb: Verb::Get,
            path: "/spaces/{space}/webhooks/{webhook}/deliveries",
            tag: TAG,
            summary: "Lists what became of the events that a webhook was to hear, newest first",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: list(deliveries),
        },
    ]
}

/// The event that tries a webhook.
#[derive(Serialize, JsonSchema)]
struct WebhookTest {
    /// Its `webhook-id`; the list of deliveries tells what became of it.
    #[schemars(schema_with = "schema::id::<EventId>")]
    event: EventId,
}

/// What became of an event on its way to a webhook.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
struct DeliveryView {
    /// The event, its `webhook-id`.
    #[schemars(schema_with = "schema::id::<EventId>")]
    event: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schemars(schema_with = "schema::words::<EventKind>")]
    kind: EventKind,
    /// When it happened.
    #[schemars(schema_with = "schema::time")]
    at: Timestamp,
    /// `waiting` for the next attempt, `delivered`, `dropped` because nobody wanted it any more, or `given_up` after days.
    #[schemars(schema_with = "schema::words::<DeliveryState>")]
    state: DeliveryState,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next; `null` if it is not.
    #[schemars(schema_with = "schema::time_or_null")]
    next_attempt_at: Option<Timestamp>,
    /// When it was settled; `null` if it is not.
    #[schemars(schema_with = "schema::time_or_null")]
    settled_at: Option<Timestamp>,
    /// Why the last attempt that failed did; `null` if none did.
    last_error: Option<String>,
}

impl From<DeliveryStatus> for DeliveryView {
    fn from(status: DeliveryStatus) -> Self {
        let DeliveryStatus { event, kind, at, state, attempts, next_attempt_at, settled_at, last_error } = status;
        Self { event, kind, at, state, attempts, next_attempt_at, settled_at, last_error }
    }
}

fn rotate(change: &mut Change<'_>, call: &Call<'_>, Nothing {}: Nothing) -> Result<NewSecretView, Problem> {
    Ok(webhooks::rotate_secret(change, call.deps(), call.authority, named(call)?)?.into())
}

fn try_out(change: &mut Change<'_>, call: &Call<'_>, Nothing {}: Nothing) -> Result<WebhookTest, Problem> {
    Ok(WebhookTest { event: webhooks::test(change, call.deps(), call.authority, named(call)?)? })
}

fn deliveries(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<EventId>,
) -> Result<Page<DeliveryView, EventId>, Problem> {
    Ok(webhooks::deliveries(rows, call.authority, named(call)?, page)?.map(DeliveryView::from))
}
