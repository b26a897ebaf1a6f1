//! A space that lets pairs live less long than before: which pairs it has that live longer, and, where somebody asks for it,
//! their earlier end (C11, KM-07). Nothing is ever lengthened, and nothing shortened that nobody asked to.

use serde_json::json;

use super::{api_keys::require_keys_manage, audit, error::Error, spaces};
use crate::{
    domain::{audit_event::AuditEntry, authority::Authority, space::Space, time::Timestamp},
    store::{
        self, Change,
        pair_policy::{CountBeyond, PairBeyond},
        transaction::Reads,
    },
};

/// Pairs that are named in an answer; the list of keys has all.
const NAMED: i64 = 20;
/// Pairs that end sooner by one change, so that other changes do not wait for long. Whoever has more asks again.
const SHORTENED_AT_ONCE: i64 = 500;

/// The pairs that live longer than the space lets pairs live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeyondPolicy {
    /// How many there are now.
    pub count: CountBeyond,
    /// How many ended sooner by this change.
    pub shortened: usize,
    /// The first of those that are there, for those who manage keys.
    pub first: Vec<PairBeyond>,
}

/// How many pairs live longer than the space lets pairs live now, for those who may know how many keys it has.
///
/// # Errors
/// Those of the database.
pub fn count_beyond(
    tx: &mut impl Reads,
    authority: &Authority,
    space: &Space,
    now: Timestamp,
) -> Result<Option<CountBeyond>, Error> {
    if !spaces::knows_numbers_of_keys(authority, space.id) {
        return Ok(None);
    }
    Ok(Some(store::pair_policy::count(tx, space.id, now)?))
}

/// What an edit of the space means for its pairs: told where the longest life is new or shorter, or where it is to count for
/// pairs that exist.
pub(super) fn report(
    change: &mut Change<'_>,
    authority: &Authority,
    before: &Space,
    after: &Space,
    apply_to_existing: bool,
) -> Result<Option<BeyondPolicy>, Error> {
    if !apply_to_existing && !is_stricter(before, after) {
        return Ok(None);
    }
    let shortened = if apply_to_existing { shorten(change, authority, after)? } else { 0 };
    let now = change.now();
    let count = store::pair_policy::count(change, after.id, now)?;
    let sees_keys = require_keys_manage(authority, after.id).is_ok();
    let first = if sees_keys { store::pair_policy::first(change, after.id, now, NAMED)? } else { Vec::new() };
    Ok(Some(BeyondPolicy { count, shortened, first }))
}

fn is_stricter(before: &Space, after: &Space) -> bool {
    match (before.pair_life, after.pair_life) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    }
}

/// Lets pairs of people's keys that live too long end as late as one that is made now. Each is an event of the audit by itself.
fn shorten(change: &mut Change<'_>, authority: &Authority, space: &Space) -> Result<usize, Error> {
    require_keys_manage(authority, space.id)?;
    let Some(life) = space.pair_life else { return Ok(0) };
    let now = change.now();
    let end = now.plus(life).in_whole_seconds();
    let beyond = store::pair_policy::first(change, space.id, now, SHORTENED_AT_ONCE)?;
    for pair in &beyond {
        store::key_pairs::set_expiry(change, pair.key, pair.id, Some(end))?;
        let detail = json!({
            "pair": pair.public_id, "expires_at": { "from": pair.expires_at, "to": end }, "by": "pair_life_seconds",
        });
        let entry = AuditEntry::new("key_pair.set_expiry", pair.key, Some(space.id), detail);
        let entry = entry.about(pair.public_id).about_each(pair.owner);
        audit::write_entry(change, authority, &entry)?;
    }
    Ok(beyond.len())
}
