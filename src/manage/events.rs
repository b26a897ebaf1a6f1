//! Events: announced in the transaction of what they tell of, and shown to those who manage the space.

use super::{error::Error, find};
use crate::{
    domain::{
        authority::{Area, Authority},
        event::{Announcement, Event, EventKind},
        ids::{EventId, SpaceId},
        page::{Page, PageRequest},
        permission::{KEYS_MANAGE, SPACE_MANAGE},
        space::SpaceState,
    },
    store::{
        self, Writes,
        event_deliveries::{self, EventDelivery},
        transaction::Reads,
    },
};

/// Tells of something: writes the event and its way to every webhook of the space that wants it, in the caller's
/// transaction. So an event exists exactly if what it tells of was committed. Who hears by mail is decided afterwards, by
/// whoever sends the mail.
///
/// # Errors
/// Those of the database; then what it tells of must not happen either.
pub fn announce(tx: &mut impl Writes, told: Announcement) -> Result<EventId, store::Error> {
    let event = write(tx, told)?;
    let Some(space) = event.told.owner.space() else { return Ok(event.id) };
    let is_open = store::spaces::find(tx, space)?.is_some_and(|space| space.state == SpaceState::Open);
    if is_open {
        for webhook in store::webhooks::of_space(tx, space)? {
            if webhook.wants(event.told.kind) {
                event_deliveries::insert(tx, &event, webhook.id, 0)?;
            }
        }
    }
    Ok(event.id)
}

/// The event alone. The line in the log stands there before the commit, so it may tell of what was rolled back.
pub(super) fn write(tx: &mut impl Writes, told: Announcement) -> Result<Event, store::Error> {
    let event = Event { id: tx.new_id(), at: tx.now(), told };
    store::events::insert(tx, &event)?;
    let space = event.told.owner.space().map(|space| space.to_string());
    tracing::info!(event_id = %event.id, kind = %event.told.kind, space, "an event is announced");
    Ok(event)
}

fn require_manager(authority: &Authority, space: SpaceId) -> Result<(), Error> {
    let may = |permission| authority.may(permission, Area::Space(space));
    if may(SPACE_MANAGE) || may(KEYS_MANAGE) { Ok(()) } else { Err(Error::MissingPermission(KEYS_MANAGE)) }
}

/// One event of a space, and how it went to its receivers.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    id: EventId,
) -> Result<(Event, Vec<EventDelivery>), Error> {
    find::space(tx, authority, space)?;
    require_manager(authority, space)?;
    let found = store::events::find(tx, id)?.filter(|event| event.told.owner.space() == Some(space));
    Ok((find::present(found, "event of this space", id)?, event_deliveries::of_event(tx, id)?))
}

/// The events of a space, newest first, all or those of one kind.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    kind: Option<EventKind>,
    request: PageRequest<EventId>,
) -> Result<Page<Event, EventId>, Error> {
    find::space(tx, authority, space)?;
    require_manager(authority, space)?;
    Ok(store::events::page(tx, space, kind, request)?)
}
