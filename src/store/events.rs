//! Events: written in the transaction of what they tell of, read in order, deleted when they are old.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, insert_into, update};
use serde_json::{Map, Value};

use super::{
    batches::delete_some,
    error::Error,
    row,
    schema::events,
    transaction::{Reads, Redemption, Upkeep, Writes},
    types::DbId,
};
use crate::domain::{
    event::{Announcement, DELIVERY_LIFE, EVENT_LIFE, Event, EventKind, EventOwner, EventSubject},
    ids::{EventId, SpaceId},
    page::{Page, PageRequest},
    text_enum::TextEnum,
    time::Timestamp,
};

type Row = (DbId, String, i64, Option<DbId>, Option<DbId>, String, Option<String>, String, Option<i64>);

/// Writes an event.
///
/// # Errors
/// [`Error::Unavailable`]; then what it tells of does not happen either.
pub fn insert(tx: &mut impl Writes, event: &Event) -> Result<(), Error> {
    let Announcement { kind, subject, owner, detail } = &event.told;
    let mail_until = kind.is_mailed().then(|| event.at.plus(DELIVERY_LIFE).as_micros());
    insert_into(events::table)
        .values((
            events::id.eq(DbId::from(event.id)),
            events::kind.eq(kind.as_str()),
            events::at.eq(event.at.as_micros()),
            events::space_id.eq(owner.space().map(DbId::from)),
            events::owner_user_id.eq(owner.user().map(DbId::from)),
            events::subject.eq(subject.to_string()),
            events::pair.eq(subject.pair().map(|pair| pair.to_string())),
            events::detail.eq(Value::Object(detail.clone()).to_string()),
            events::mail_until.eq(mail_until),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The event with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: EventId) -> Result<Option<Event>, Error> {
    events::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?.map(read).transpose()
}

/// A page of the events of a space, newest first, all or those of one kind.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    kind: Option<EventKind>,
    request: PageRequest<EventId>,
) -> Result<Page<Event, EventId>, Error> {
    let mut query = events::table.filter(events::space_id.eq(DbId::from(space))).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(events::kind.eq(kind.as_str()));
    }
    if let Some(after) = request.after {
        query = query.filter(events::id.lt(DbId::from(after)));
    }
    let rows = query.order(events::id.desc()).limit(request.rows()).load::<Row>(tx.db())?;
    let found = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(found, |event| event.id))
}

/// Ids of events of which nobody has decided yet who hears of them by mail, the oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn to_address(tx: &mut impl Reads, now: Timestamp, most: i64) -> Result<Vec<EventId>, Error> {
    let open = events::table.filter(events::mail_until.gt(now.as_micros())).order(events::mail_until);
    Ok(open.limit(most).select(events::id).load::<DbId>(tx.db())?.into_iter().map(DbId::to).collect())
}

/// Notes that it is decided who hears of an event by mail. One node alone hears that it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn address(redemption: &mut Redemption<'_>, id: EventId) -> Result<bool, Error> {
    let open = events::table.find(DbId::from(id)).filter(events::mail_until.is_not_null());
    Ok(update(open).set(events::mail_until.eq(None::<i64>)).execute(redemption.db)? == 1)
}

/// Deletes events that are old, with what is known of their deliveries, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_old(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let before = upkeep.now().minus(EVENT_LIFE).as_micros();
    delete_some!(upkeep, events.id: DbId where events::at.le(before), at most most)
}

fn read((id, kind, at, space, owner, subject, pair, detail, _): Row) -> Result<Event, Error> {
    let pair = pair.map(|text| row::parsed("events", "pair", &text, str::parse)).transpose()?;
    let owner = match (space, owner) {
        (Some(space), Some(user)) => EventOwner::User { id: user.to(), space: space.to() },
        (Some(space), None) => EventOwner::Space(space.to()),
        (None, _) => EventOwner::Site,
    };
    let subject = EventSubject::parse(&subject, pair).ok_or_else(|| Error::corrupt("events", "subject", subject))?;
    let kind = row::word("events", "kind", &kind)?;
    let detail = row::parsed("events", "detail", &detail, |text| serde_json::from_str::<Map<String, Value>>(text))?;
    let told = Announcement { kind, subject, owner, detail };
    Ok(Event { id: id.to(), at: Timestamp::from_micros(at), told })
}
