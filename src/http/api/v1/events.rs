//! Events of a space: what its people and webhooks are told of.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::webhooks::TAG;
use crate::{
    domain::{
        event::{Channel, DeliveryState, Event, EventKind, EventMessage},
        ids::{EventId, SpaceId},
        page::{Page, PageRequest},
        text_enum::TextEnum as _,
        time::Timestamp,
    },
    http::api::{
        handler::{list, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::events,
    store::{Rows, event_deliveries::EventDelivery},
};

const MANAGERS: Needs = Needs::OneOf(&["keys.manage", "space.manage"], "the space");

const KIND: QueryParameter = QueryParameter {
    name: "type",
    description: "Only events of this kind, such as `key_pair.expiring`",
    words: EventKind::WORDS,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_events",
            verb: Verb::Get,
            path: "/spaces/{space}/events",
            tag: TAG,
            summary: "Lists the events of a space, newest first; they are kept for 90 days",
            needs: MANAGERS,
            query: &[KIND],
            refusals: &[],
            example: "",
            handler: list(list_of_space),
        },
        Operation {
            id: "show_event",
            verb: Verb::Get,
            path: "/spaces/{space}/events/{event}",
            tag: TAG,
            summary: "Shows an event, and how it went to its receivers",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
    ]
}

/// An event, as webhooks get it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
struct EventView {
    /// Its id, the `webhook-id` of what webhooks get.
    #[schemars(schema_with = "schema::id::<EventId>")]
    id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schemars(schema_with = "schema::words::<EventKind>")]
    kind: EventKind,
    /// When.
    #[schemars(schema_with = "schema::time")]
    at: Timestamp,
    /// The space.
    #[schemars(schema_with = "schema::id_or_null::<SpaceId>")]
    space: Option<SpaceId>,
    /// What it happened to: the id of the `key`, `application` or `webhook`, the public id of its `pair`, the user who is its
    /// `owner`, and what else belongs to its kind.
    data: Map<String, Value>,
}

/// An event, and how it went to its receivers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventWithDeliveries")]
struct WholeEventView {
    /// The event.
    event: EventView,
    /// Its receivers.
    deliveries: Vec<ReceiverView>,
}

/// How an event went to one receiver.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventDelivery")]
struct ReceiverView {
    /// By which way.
    #[schemars(schema_with = "schema::words::<Channel>")]
    channel: Channel,
    /// Id of the webhook, or of the user.
    #[schemars(with = "String")]
    receiver: String,
    /// Where the delivery stands.
    #[schemars(schema_with = "schema::words::<DeliveryState>")]
    state: DeliveryState,
    /// How often it was tried.
    attempts: i64,
    /// Why the last attempt that failed did; `null` if none did.
    last_error: Option<String>,
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        let EventMessage { id, kind, at, space, data } = event.message();
        Self { id, kind, at, space, data }
    }
}

impl From<EventDelivery> for ReceiverView {
    fn from(EventDelivery { channel, receiver, state, attempts, last_error }: EventDelivery) -> Self {
        Self { channel, receiver, state, attempts, last_error }
    }
}

fn list_of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<EventId>,
) -> Result<Page<EventView, EventId>, Problem> {
    let kind = call.parsed_query(KIND.name)?;
    Ok(events::list(rows, call.authority, call.path()?, kind, page)?.map(|event| (&event).into()))
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<WholeEventView, Problem> {
    let (event, deliveries) = events::show(rows, call.authority, call.path()?, call.path()?)?;
    let deliveries = deliveries.into_iter().map(ReceiverView::from).collect();
    Ok(WholeEventView { event: (&event).into(), deliveries })
}
