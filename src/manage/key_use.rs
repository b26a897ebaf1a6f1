//! How often a key was used and denied, day by day: part of what whoever manages the key may know of it, as its last use is.
//! Who used it from where, only auditors read.

use super::{api_keys::managed, error::Error};
use crate::{
    domain::{authority::Authority, happening::NotedAction, ids::ApiKeyId, time::Timestamp},
    store::{self, transaction::Reads},
};

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// So many rows of the log are counted at most: a key that is used each minute from one address has 20,160 in two weeks.
const MOST_ROWS: i64 = 25_000;

/// A day of a key, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfUse {
    /// Its first moment.
    pub begins: Timestamp,
    /// Tokens that were issued, and times that the key was presented by itself and let in.
    pub uses: i64,
    /// Times that the key was not let in, or that it or a token of it was denied something.
    pub denials: i64,
}

/// The last days of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseByDay {
    /// The days, today at the end.
    pub days: Vec<DayOfUse>,
    /// If there was too much to count: nothing is counted that happened before this.
    pub counted_since: Option<Timestamp>,
}

/// What happened to a key in so many days, of which today is the last.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn by_day(
    tx: &mut impl Reads,
    authority: &Authority,
    id: ApiKeyId,
    now: Timestamp,
    days: u8,
) -> Result<UseByDay, Error> {
    managed(tx, authority, id)?;
    let today = now.as_micros().div_euclid(DAY);
    let first = today.saturating_sub(i64::from(days)).saturating_add(1);
    let begins = |day: i64| Timestamp::from_micros(day.saturating_mul(DAY));
    let rows = store::key_use::of_key(tx, id, begins(first), MOST_ROWS)?;
    let is_cut = i64::try_from(rows.len()).is_ok_and(|count| count >= MOST_ROWS);
    let counted_since = rows.last().filter(|_| is_cut).map(|oldest| oldest.at);
    let mut days: Vec<DayOfUse> =
        (first..=today).map(|day| DayOfUse { begins: begins(day), uses: 0, denials: 0 }).collect();
    for row in rows {
        let place = usize::try_from(row.at.as_micros().div_euclid(DAY).saturating_sub(first));
        let Some(day) = place.ok().and_then(|place| days.get_mut(place)) else { continue };
        match row.action {
            Some(NotedAction::TokenIssue | NotedAction::KeyPairUse) => day.uses = day.uses.saturating_add(row.count),
            Some(NotedAction::ClientRefuse | NotedAction::RequestRefuse) => {
                day.denials = day.denials.saturating_add(row.count);
            }
            None => {}
        }
    }
    Ok(UseByDay { days, counted_since })
}
