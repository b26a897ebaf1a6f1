//! Events on their way to receivers: each is one row, taken for one attempt after the other until it is settled.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{event_deliveries, events},
    transaction::{Change, Reads, Redemption, Writes},
    types::DbId,
};
use crate::domain::{
    event::{Channel, DELIVERY_LIFE, DeliveryState, Event, EventKind},
    ids::{EventId, Id, UserId, WebhookId},
    page::{Page, PageRequest},
    text_enum::TextEnum,
    time::Timestamp,
};

/// Whoever hears of events.
pub trait Receiver: Id {
    /// By which way.
    const CHANNEL: Channel;
}

impl Receiver for WebhookId {
    const CHANNEL: Channel = Channel::Webhook;
}

impl Receiver for UserId {
    const CHANNEL: Channel = Channel::Mail;
}

/// An event on its way to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<R> {
    /// The event.
    pub event: EventId,
    /// The receiver.
    pub receiver: R,
    /// Which of the addresses that the receiver has; 0 for a webhook.
    pub part: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is given up.
    pub expires_at: Timestamp,
}

/// What is known of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStatus {
    /// The event.
    pub event: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, if it is.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was settled, if it is.
    pub settled_at: Option<Timestamp>,
    /// Why the last attempt failed, if one did.
    pub last_error: Option<String>,
}

/// Has an event delivered, as soon as may be.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert<R: Receiver>(tx: &mut impl Writes, event: &Event, receiver: R, part: i64) -> Result<(), Error> {
    insert_into(event_deliveries::table)
        .values((
            event_deliveries::event_id.eq(DbId::from(event.id)),
            event_deliveries::channel.eq(R::CHANNEL.as_str()),
            event_deliveries::receiver_id.eq(DbId::from(receiver)),
            event_deliveries::part.eq(part),
            event_deliveries::state.eq(DeliveryState::Waiting.as_str()),
            event_deliveries::attempts.eq(0),
            event_deliveries::due_at.eq(event.at.as_micros()),
            event_deliveries::expires_at.eq(event.at.plus(DELIVERY_LIFE).as_micros()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// Deliveries to be tried, the longest due first, without those to `except`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn due<R: Receiver>(
    tx: &mut impl Reads,
    now: Timestamp,
    except: &[R],
    most: i64,
) -> Result<Vec<Delivery<R>>, Error> {
    use event_deliveries as t;
    let except: Vec<DbId> = except.iter().copied().map(DbId::from).collect();
    let rows = t::table
        .filter(t::channel.eq(R::CHANNEL.as_str()))
        .filter(t::due_at.le(now.as_micros()))
        .filter(t::receiver_id.ne_all(except))
        .order((t::due_at, t::event_id, t::part))
        .limit(most)
        .select((t::event_id, t::receiver_id, t::part, t::attempts, t::expires_at))
        .load::<(DbId, DbId, i64, i64, i64)>(tx.db())?;
    let read = |(event, receiver, part, attempts, expires_at): (DbId, DbId, i64, i64, i64)| Delivery {
        event: event.to(),
        receiver: receiver.to(),
        part,
        attempts,
        expires_at: Timestamp::from_micros(expires_at),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The row of a delivery as long as it is not settled.
macro_rules! waiting {
    ($delivery:expr, $receiver:ty) => {
        event_deliveries::table
            .filter(event_deliveries::event_id.eq(DbId::from($delivery.event)))
            .filter(event_deliveries::channel.eq(<$receiver>::CHANNEL.as_str()))
            .filter(event_deliveries::receiver_id.eq(DbId::from($delivery.receiver)))
            .filter(event_deliveries::part.eq($delivery.part))
            .filter(event_deliveries::due_at.is_not_null())
    };
}

/// Takes the next attempt of a delivery; if it is not [settled](settle) by then, it is due again at `due_again`. One node
/// alone hears that it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn claim<R: Receiver>(
    redemption: &mut Redemption<'_>,
    delivery: &Delivery<R>,
    due_again: Timestamp,
) -> Result<bool, Error> {
    use event_deliveries as t;
    let unclaimed = waiting!(delivery, R).filter(t::attempts.eq(delivery.attempts));
    let taken = (t::attempts.eq(delivery.attempts.saturating_add(1)), t::due_at.eq(due_again.as_micros()));
    Ok(update(unclaimed).set(taken).execute(redemption.db)? == 1)
}

/// Ends a delivery, so that nobody tries it again.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn settle<R: Receiver>(
    redemption: &mut Redemption<'_>,
    delivery: &Delivery<R>,
    state: DeliveryState,
) -> Result<(), Error> {
    use event_deliveries as t;
    let now = redemption.now().as_micros();
    let settled = (t::state.eq(state.as_str()), t::due_at.eq(None::<i64>), t::settled_at.eq(now));
    update(waiting!(delivery, R)).set(settled).execute(redemption.db)?;
    Ok(())
}

/// Notes why an attempt failed; when the next one is due was written when this one was taken.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_failure<R: Receiver>(
    redemption: &mut Redemption<'_>,
    delivery: &Delivery<R>,
    reason: &str,
) -> Result<(), Error> {
    let noted = event_deliveries::last_error.eq(reason);
    update(waiting!(delivery, R)).set(noted).execute(redemption.db)?;
    Ok(())
}

/// Forgets all deliveries to a receiver that there is no more.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove_of<R: Receiver>(change: &mut Change<'_>, receiver: R) -> Result<(), Error> {
    use event_deliveries as t;
    let of_receiver =
        t::table.filter(t::channel.eq(R::CHANNEL.as_str())).filter(t::receiver_id.eq(DbId::from(receiver)));
    delete(of_receiver).execute(change.db)?;
    Ok(())
}

/// How an event went to one of its receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDelivery {
    /// By which way.
    pub channel: Channel,
    /// Id of the webhook or of the user.
    pub receiver: String,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last attempt failed, if one did.
    pub last_error: Option<String>,
}

/// How an event went to all of its receivers.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_event(tx: &mut impl Reads, event: EventId) -> Result<Vec<EventDelivery>, Error> {
    use event_deliveries as t;
    let rows = t::table
        .filter(t::event_id.eq(DbId::from(event)))
        .order((t::channel.desc(), t::receiver_id, t::part))
        .select((t::channel, t::receiver_id, t::state, t::attempts, t::last_error))
        .load::<(String, DbId, String, i64, Option<String>)>(tx.db())?;
    let read = |(channel, receiver, state, attempts, last_error): (String, DbId, String, i64, Option<String>)| {
        let channel = row::word("event_deliveries", "channel", &channel)?;
        let receiver = match channel {
            Channel::Webhook => receiver.to::<WebhookId>().to_string(),
            Channel::Mail => receiver.to::<UserId>().to_string(),
        };
        let state = row::word("event_deliveries", "state", &state)?;
        Ok(EventDelivery { channel, receiver, state, attempts, last_error })
    };
    rows.into_iter().map(read).collect()
}

type StatusRow = (DbId, String, i64, String, i64, Option<i64>, Option<i64>, Option<String>);

/// A page of the deliveries to a receiver, those of the newest events first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page<R: Receiver>(
    tx: &mut impl Reads,
    receiver: R,
    request: PageRequest<EventId>,
) -> Result<Page<DeliveryStatus, EventId>, Error> {
    use event_deliveries as t;
    let mut query = t::table
        .inner_join(events::table.on(events::id.eq(t::event_id)))
        .filter(t::channel.eq(R::CHANNEL.as_str()))
        .filter(t::receiver_id.eq(DbId::from(receiver)))
        .into_boxed();
    if let Some(after) = request.after {
        query = query.filter(t::event_id.lt(DbId::from(after)));
    }
    let rows = query
        .order(t::event_id.desc())
        .limit(request.rows())
        .select((t::event_id, events::kind, events::at, t::state, t::attempts, t::due_at, t::settled_at, t::last_error))
        .load::<StatusRow>(tx.db())?;
    let found = rows.into_iter().map(read_status).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(found, |delivery| delivery.event))
}

fn read_status(
    (event, kind, at, state, attempts, due_at, settled_at, last_error): StatusRow,
) -> Result<DeliveryStatus, Error> {
    Ok(DeliveryStatus {
        event: event.to(),
        kind: row::word("events", "kind", &kind)?,
        at: Timestamp::from_micros(at),
        state: row::word("event_deliveries", "state", &state)?,
        attempts,
        next_attempt_at: due_at.map(Timestamp::from_micros),
        settled_at: settled_at.map(Timestamp::from_micros),
        last_error,
    })
}
