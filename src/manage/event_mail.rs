//! Letters about events: to whom they go, decided once after the event, and what they rest on when they are sent.

use std::collections::BTreeSet;

use aws_lc_rs::digest;

use super::{authority, error::Error};
use crate::{
    domain::{
        authority::Area,
        email::Email,
        event::{Event, EventOwner, EventSubject},
        ids::{EventId, UserId},
        permission::{APPLICATIONS_MANAGE, KEYS_MANAGE, SITE_MANAGE},
        time::Timestamp,
        user::UserState,
    },
    store::{
        self, Store,
        event_deliveries::{self, Delivery},
        transaction::Reads,
    },
};

/// Events that are looked at in one round.
const AT_ONCE: i64 = 20;

/// A letter to one address of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLetter {
    /// The address. It is never logged.
    pub to: Email,
    /// What it tells of.
    pub event: Event,
}

/// Decides who hears by mail of events that nobody has decided this of. It is done by whoever sends mail, so that without a
/// mail server nothing waits for one. Of several nodes one alone decides. Answers of how many events.
///
/// # Errors
/// Those of the database.
pub fn address_new(store: &Store, now: Timestamp) -> Result<usize, Error> {
    let open = store.snapshot(|tx| store::events::to_address(tx, now, AT_ONCE))?;
    for id in &open {
        match address(store, *id) {
            Ok(()) => {}
            Err(error @ Error::Store(store::Error::Unavailable(_))) => return Err(error),
            Err(error) => {
                // The next event would wait behind this one for days.
                tracing::error!(event_id = %id, %error, "nobody hears of an event by mail: it cannot be read");
                store.redeem(|redemption| store::events::address(redemption, *id))?;
            }
        }
    }
    Ok(open.len())
}

fn address(store: &Store, id: EventId) -> Result<(), Error> {
    let decided = store.snapshot(|tx| {
        let Some(event) = store::events::find(tx, id)? else { return Ok(None) };
        let mut parts = Vec::new();
        for user in recipients(tx, &event)? {
            parts.extend(store::accounts::addresses(tx, user)?.iter().map(|address| (user, part_of(address))));
        }
        Ok::<_, Error>(Some((event, parts)))
    })?;
    store.redeem(|redemption| {
        if store::events::address(redemption, id)?
            && let Some((event, parts)) = decided
        {
            for (user, part) in parts {
                event_deliveries::insert(redemption, &event, user, part)?;
            }
        }
        Ok(())
    })
}

/// What a delivery knows its address by, without holding it: the same as long as the user has the address, whatever others come
/// and go meanwhile.
fn part_of(address: &Email) -> i64 {
    let hash = digest::digest(&digest::SHA256, address.as_str().as_bytes());
    let first: [u8; 8] = hash.as_ref().first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first)
}

/// The user whose it is, or the people who manage such things where it is.
fn recipients(tx: &mut impl Reads, event: &Event) -> Result<Vec<UserId>, Error> {
    let permission = match event.told.subject {
        EventSubject::ApiKey(..) => KEYS_MANAGE,
        EventSubject::Application(..) => APPLICATIONS_MANAGE,
        EventSubject::ResourceServer(..) | EventSubject::Webhook(_) => SITE_MANAGE,
    };
    match event.told.owner {
        EventOwner::User { id, .. } => Ok(vec![id]),
        EventOwner::Space(space) => holders(tx, permission, Area::Space(space)),
        EventOwner::Site => holders(tx, SITE_MANAGE, Area::Site),
    }
}

/// The active people who hold the permission there.
fn holders(tx: &mut impl Reads, permission: &str, area: Area) -> Result<Vec<UserId>, Error> {
    let candidates: BTreeSet<UserId> = store::user_roles::people_with(tx, permission, area.space())?;
    let mut holders = Vec::new();
    for id in candidates {
        if authority::of_user(tx, id)?.may(permission, area) {
            holders.push(id);
        }
    }
    Ok(holders)
}

/// The letter of a delivery; none if the user is not there any more, is disabled, or has given up the address.
///
/// # Errors
/// Those of the database.
pub fn of_delivery(tx: &mut impl Reads, delivery: &Delivery<UserId>) -> Result<Option<EventLetter>, Error> {
    let is_active = store::users::find(tx, delivery.receiver)?.is_some_and(|user| user.state == UserState::Active);
    let mut addresses = store::accounts::addresses(tx, delivery.receiver)?.into_iter();
    let to = addresses.find(|address| is_active && part_of(address) == delivery.part);
    let event = store::events::find(tx, delivery.event)?;
    Ok(to.zip(event).map(|(to, event)| EventLetter { to, event }))
}
