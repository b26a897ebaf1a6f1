//! How many key pairs of each space end soon or ended lately. Those who run the site see numbers, and no key.

use std::{collections::HashMap, time::Duration};

use super::{authority::require, error::Error};
use crate::{
    domain::{
        authority::{Area, Authority},
        expiry_notice::EndsWithin,
        ids::SpaceId,
        page::{Page, PageRequest},
        permission::SITE_MANAGE,
        space::Space,
        time::Timestamp,
    },
    store::{self, transaction::Reads},
};

const DAY: Duration = Duration::from_hours(24);

/// A space, and how many pairs of its active keys end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingPairs {
    /// The space.
    pub space: Space,
    /// They ended within the last 30 days.
    pub ended: i64,
    /// They end within 7 days.
    pub within_a_week: i64,
    /// They end within 30 days, those of the week among them.
    pub within_a_month: i64,
}

/// A page of the spaces that have such pairs, oldest first.
///
/// # Errors
/// `missing_permission`.
pub fn by_space(
    tx: &mut impl Reads,
    authority: &Authority,
    request: PageRequest<SpaceId>,
    now: Timestamp,
) -> Result<Page<EndingPairs, SpaceId>, Error> {
    require(authority, SITE_MANAGE, Area::Site)?;
    let (month_ago, in_a_week, in_a_month) = (now.minus(30 * DAY), now.plus(7 * DAY), now.plus(30 * DAY));
    let around_now = EndsWithin { after: month_ago, until: in_a_month };
    let Page { items: ids, next } = store::ending_pairs::spaces(tx, around_now, request)?;
    let mut count = |after, until| store::ending_pairs::count(tx, EndsWithin { after, until }, &ids);
    let (ended, week, month) = (count(month_ago, now)?, count(now, in_a_week)?, count(now, in_a_month)?);
    let of = |counts: &HashMap<SpaceId, i64>, id: SpaceId| counts.get(&id).copied().unwrap_or_default();
    let spaces = store::spaces::find_many(tx, &ids)?.into_iter();
    let items = spaces.map(|space| EndingPairs {
        ended: of(&ended, space.id),
        within_a_week: of(&week, space.id),
        within_a_month: of(&month, space.id),
        space,
    });
    Ok(Page { items: items.collect(), next })
}
