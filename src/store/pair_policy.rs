//! Key pairs that live longer than their space lets pairs live: how many, which, and ended sooner (C11).

use diesel::{
    AggregateExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl,
    dsl::{self, exists},
};

use super::{
    error::Error,
    row,
    schema::{api_keys, key_pairs},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    ids::{ApiKeyId, KeyPairId, SpaceId, UserId},
    key_pair::PublicId,
    name::Name,
    time::Timestamp,
};

/// Pairs, joined with their spaces, that would end later than a pair that is made at this time.
macro_rules! pairs_beyond_policy {
    ($now:expr) => {{
        use diesel::{BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};
        use $crate::store::schema::{key_pairs, spaces};
        let latest = spaces::pair_life_seconds * 1_000_000_i64 + $now.as_micros();
        key_pairs::table
            .inner_join(spaces::table.on(spaces::id.eq(key_pairs::space_id)))
            .filter(spaces::pair_life_seconds.is_not_null())
            .filter(key_pairs::expires_at.is_null().or(key_pairs::expires_at.gt(latest)))
    }};
}
pub(super) use pairs_beyond_policy;

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountBeyond {
    /// Pairs.
    pub pairs: i64,
    /// Keys that they belong to.
    pub keys: i64,
}

/// A pair that lives too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairBeyond {
    /// Its key.
    pub key: ApiKeyId,
    /// Whose key it is.
    pub owner: Option<UserId>,
    /// What people call that key.
    pub name: Name,
    /// Identifier.
    pub id: KeyPairId,
    /// Its public half.
    pub public_id: PublicId,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Keys of people; a policy does not touch those of the product's services (C10).
macro_rules! of_people {
    () => {
        exists(api_keys::table.filter(api_keys::id.eq(key_pairs::api_key_id)).filter(api_keys::internal.is_null()))
    };
}

/// How many pairs of the space, of how many keys, are beyond its policy.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count(tx: &mut impl Reads, space: SpaceId, now: Timestamp) -> Result<CountBeyond, Error> {
    let (pairs, keys) = pairs_beyond_policy!(now)
        .filter(key_pairs::space_id.eq(DbId::from(space)))
        .filter(of_people!())
        .select((dsl::count_star(), dsl::count(key_pairs::api_key_id).aggregate_distinct()))
        .first::<(i64, i64)>(tx.db())?;
    Ok(CountBeyond { pairs, keys })
}

/// The first of them, in the order of their keys.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn first(tx: &mut impl Reads, space: SpaceId, now: Timestamp, most: i64) -> Result<Vec<PairBeyond>, Error> {
    let rows = pairs_beyond_policy!(now)
        .inner_join(api_keys::table.on(api_keys::id.eq(key_pairs::api_key_id)))
        .filter(key_pairs::space_id.eq(DbId::from(space)))
        .filter(api_keys::internal.is_null())
        .order((key_pairs::api_key_id, key_pairs::slot))
        .limit(most)
        .select((
            api_keys::id,
            api_keys::owner_user_id,
            api_keys::name,
            key_pairs::id,
            key_pairs::public_id,
            key_pairs::expires_at,
        ))
        .load::<(DbId, Option<DbId>, String, DbId, String, Option<i64>)>(tx.db())?;
    rows.into_iter()
        .map(|(key, owner, name, id, public_id, expires_at)| {
            Ok(PairBeyond {
                key: key.to(),
                owner: owner.map(DbId::to),
                name: row::parsed("api_keys", "name", &name, Name::parse)?,
                id: id.to(),
                public_id: row::parsed("key_pairs", "public_id", &public_id, str::parse)?,
                expires_at: expires_at.map(Timestamp::from_micros),
            })
        })
        .collect()
}
