//! Tells people that a key pair ends soon, once for each pair, end and period (KM-07, ruling 33).

use serde_json::{Map, Value, json};

use super::events;
use crate::{
    domain::{
        event::{Announcement, EventKind, EventOwner, EventSubject},
        expiry_notice::{NoticePeriod, days_left},
        key_pair::{PairOwner, PublicId},
        time::Timestamp,
    },
    store::{self, Redemption, expiry_notices::EndingPair},
};

/// What became of a pair that ends soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noticed {
    /// It is announced.
    Announced,
    /// The pair never had so much of its life before it; that is noted, so that it is not looked at again.
    PassedOver,
    /// Somebody else was first, or it does not end then any more.
    Nothing,
}

/// Announces the end of a pair that this period is the nearest of. Periods that began before are noted as passed over: whoever
/// was down for a fortnight tells people once.
///
/// # Errors
/// Those of the database; then nothing is noted, and the next round begins anew.
pub fn announce(
    redemption: &mut Redemption<'_>,
    pair: &EndingPair,
    period: NoticePeriod,
) -> Result<Noticed, store::Error> {
    let in_life = |period: NoticePeriod| period.lies_in_life(pair.created_at, pair.expires_at);
    let is_announced = in_life(period);
    if !store::expiry_notices::still_ends(redemption, pair)?
        || !store::expiry_notices::note(redemption, pair, period, is_announced)?
    {
        return Ok(Noticed::Nothing);
    }
    for passed in period.passed().filter(|passed| in_life(*passed)) {
        store::expiry_notices::note(redemption, pair, passed, false)?;
    }
    if !is_announced {
        return Ok(Noticed::PassedOver);
    }
    let detail = detail(pair, store::Writes::now(redemption));
    let told = Announcement {
        kind: EventKind::KeyPairExpiring,
        subject: subject(pair.client, pair.public_id),
        owner: owner(pair),
        detail,
    };
    events::announce(redemption, told)?;
    Ok(Noticed::Announced)
}

/// What a client and one of its pairs are to an event.
pub(super) const fn subject(client: PairOwner, pair: PublicId) -> EventSubject {
    match client {
        PairOwner::ApiKey(id) => EventSubject::ApiKey(id, Some(pair)),
        PairOwner::Application(id) => EventSubject::Application(id, Some(pair)),
        PairOwner::ResourceServer(id) => EventSubject::ResourceServer(id, Some(pair)),
    }
}

const fn owner(pair: &EndingPair) -> EventOwner {
    match (pair.space, pair.user) {
        (Some(space), Some(id)) => EventOwner::User { id, space },
        (Some(space), None) => EventOwner::Space(space),
        (None, _) => EventOwner::Site,
    }
}

fn detail(pair: &EndingPair, now: Timestamp) -> Map<String, Value> {
    let members = [
        ("name", json!(pair.name)),
        ("expires_at", json!(pair.expires_at)),
        ("days_left", json!(days_left(now, pair.expires_at))),
        ("last_used_at", json!(pair.last_used_at)),
        ("another_pair_lives_on", json!(pair.another_lives_on)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
