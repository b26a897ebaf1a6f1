//! When the pairs of the keys of a space end, for whoever manages these keys (L154).

use super::{api_keys::require_keys_manage, error::Error, find};
use crate::{
    domain::{
        authority::Authority,
        expiry_notice::EndsWithin,
        ids::SpaceId,
        page::{Page, PageRequest},
        time::Timestamp,
    },
    store::{
        self,
        pair_ends::{EndKey, PairEnd},
        transaction::Reads,
    },
};

/// So many ends are counted at most.
const MOST_ENDS: i64 = 5_000;

/// A page of the pairs of a space that end in this time, the next one first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    within: EndsWithin,
    request: PageRequest<EndKey>,
) -> Result<Page<PairEnd, EndKey>, Error> {
    require_manager(tx, authority, space)?;
    Ok(store::pair_ends::page(tx, space, within, request)?)
}

/// When pairs of a space end in this time, the next one first: the first 5,000 of them.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn times(
    tx: &mut impl Reads,
    authority: &Authority,
    space: SpaceId,
    within: EndsWithin,
) -> Result<Vec<Timestamp>, Error> {
    require_manager(tx, authority, space)?;
    Ok(store::pair_ends::times(tx, space, within, MOST_ENDS)?)
}

fn require_manager(tx: &mut impl Reads, authority: &Authority, space: SpaceId) -> Result<(), Error> {
    find::space(tx, authority, space)?;
    require_keys_manage(authority, space)
}
