//! Key pairs that end, counted for each space: for those who run the site and see no key.

use std::collections::HashMap;

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, dsl::count_star};

use super::{
    error::Error,
    schema::{api_keys, key_pairs},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    api_key::KeyStatus,
    expiry_notice::EndsWithin,
    ids::SpaceId,
    page::{Page, PageRequest},
    text_enum::TextEnum,
};

/// Pairs of keys that work, which end in this time.
macro_rules! ending {
    ($within:expr) => {
        key_pairs::table
            .inner_join(api_keys::table.on(api_keys::id.eq(key_pairs::api_key_id)))
            .filter(api_keys::status.eq(KeyStatus::Active.as_str()))
            .filter(key_pairs::expires_at.gt($within.after.as_micros()))
            .filter(key_pairs::expires_at.le($within.until.as_micros()))
    };
}

/// A page of the spaces that have such pairs, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn spaces(
    tx: &mut impl Reads,
    within: EndsWithin,
    request: PageRequest<SpaceId>,
) -> Result<Page<SpaceId, SpaceId>, Error> {
    let ending = ending!(within).select(key_pairs::space_id).distinct();
    let mut query = ending.order(key_pairs::space_id).limit(request.rows()).into_boxed();
    if let Some(after) = request.after {
        query = query.filter(key_pairs::space_id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// How many such pairs each of these spaces has; spaces without any are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count(tx: &mut impl Reads, within: EndsWithin, spaces: &[SpaceId]) -> Result<HashMap<SpaceId, i64>, Error> {
    let spaces: Vec<DbId> = spaces.iter().copied().map(DbId::from).collect();
    let counts = ending!(within)
        .filter(key_pairs::space_id.eq_any(spaces))
        .group_by(key_pairs::space_id)
        .select((key_pairs::space_id, count_star()))
        .load::<(DbId, i64)>(tx.db())?;
    Ok(counts.into_iter().map(|(space, count)| (space.to(), count)).collect())
}
