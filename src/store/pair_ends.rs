//! When the pairs of the keys of a space end.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use super::{
    error::Error,
    key_pairs, row,
    schema::{api_keys, key_pairs as pairs},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    api_key::KeyStatus,
    expiry_notice::EndsWithin,
    ids::{ApiKeyId, KeyPairId, SpaceId},
    key_pair::PublicId,
    name::Name,
    page::{Page, PageRequest},
    time::Timestamp,
    time_key::TimeKey,
};

/// The place of an end among others: earlier ones come first.
pub type EndKey = TimeKey<KeyPairId>;

/// A pair with an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairEnd {
    /// Identifier.
    pub id: KeyPairId,
    /// Its public half.
    pub public_id: PublicId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Its key.
    pub key: ApiKeyId,
    /// What people call the key.
    pub name: Name,
    /// Where the key stands.
    pub status: KeyStatus,
    /// Whether another pair of the key ends later or never.
    pub another_lives_on: bool,
}

/// A page of the pairs of a space that end in this time, the next one first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    within: EndsWithin,
    request: PageRequest<EndKey>,
) -> Result<Page<PairEnd, EndKey>, Error> {
    let mut query = pairs::table
        .inner_join(api_keys::table.on(api_keys::id.eq(pairs::api_key_id)))
        .filter(pairs::space_id.eq(DbId::from(space)))
        .filter(pairs::expires_at.gt(within.after.as_micros()))
        .filter(pairs::expires_at.le(within.until.as_micros()))
        .order((pairs::expires_at, pairs::id))
        .limit(request.rows())
        .select((pairs::id, pairs::public_id, pairs::expires_at, api_keys::id, api_keys::name, api_keys::status))
        .into_boxed();
    if let Some(EndKey { at, id }) = request.after {
        let later = pairs::expires_at.gt(at.as_micros());
        let beside = pairs::expires_at.eq(at.as_micros()).and(pairs::id.gt(DbId::from(id)));
        query = query.filter(pairs::expires_at.ge(at.as_micros())).filter(later.or(beside));
    }
    let rows = query.load::<(DbId, String, Option<i64>, DbId, String, String)>(tx.db())?;
    let keys: Vec<ApiKeyId> = rows.iter().map(|row| row.3.to()).collect();
    let of_keys = key_pairs::of_api_keys(tx, &keys)?;
    let read = |(id, public_id, end, key, name, status): (DbId, String, Option<i64>, DbId, String, String)| {
        let (id, key) = (id.to::<KeyPairId>(), key.to::<ApiKeyId>());
        let end = end.ok_or_else(|| Error::corrupt("key_pairs", "expires_at", "null"))?;
        let expires_at = Timestamp::from_micros(end);
        let mut others = of_keys.get(&key).into_iter().flatten().filter(|pair| pair.id != id);
        Ok(PairEnd {
            id,
            public_id: row::parsed("key_pairs", "public_id", &public_id, str::parse)?,
            expires_at,
            key,
            name: row::parsed("api_keys", "name", &name, Name::parse)?,
            status: row::word("api_keys", "status", &status)?,
            another_lives_on: others.any(|pair| pair.expires_at.is_none_or(|other| other > expires_at)),
        })
    };
    let ends = rows.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    Ok(request.page(ends, |end| EndKey { at: end.expires_at, id: end.id }))
}

/// The ends in this time alone, the next one first, at most so many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn times(tx: &mut impl Reads, space: SpaceId, within: EndsWithin, most: i64) -> Result<Vec<Timestamp>, Error> {
    let times = pairs::table
        .filter(pairs::space_id.eq(DbId::from(space)))
        .filter(pairs::expires_at.gt(within.after.as_micros()))
        .filter(pairs::expires_at.le(within.until.as_micros()))
        .order(pairs::expires_at)
        .limit(most)
        .select(pairs::expires_at)
        .load::<Option<i64>>(tx.db())?;
    Ok(times.into_iter().flatten().map(Timestamp::from_micros).collect())
}
