//! When, from where and how often the pairs of API keys were used. For people who ask which pair may go; no decision reads it.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, update};

use super::{
    connection::Store,
    db::Db,
    error::Error,
    row,
    schema::{api_keys, key_pairs},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    ids::ApiKeyId,
    key_pair::{PairUse, PublicId},
    time::Timestamp,
};

/// Microseconds by which the last use of a key moves at least: keys are listed by it, so each move alters indexes. The time of
/// a pair is exact.
const KEY_MOVES_AFTER: i64 = 60_000_000;

/// What is known of the uses of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastUse {
    /// When the last one was; never, if nothing.
    pub at: Option<Timestamp>,
    /// The last address that is known.
    pub from: Option<String>,
    /// How many there were.
    pub count: i64,
}

/// Adds uses to what is known. Several nodes do so in any order, so the last use moves forward only. A pair or a key that
/// is gone meanwhile is passed over.
///
/// On PostgreSQL each statement is a transaction of its own. It is written so often that a node which freezes is likely to
/// freeze here, and then it must hold no lock that others wait for.
///
/// # Errors
/// [`Error::Unavailable`]; some of the uses may be written then.
pub fn record(store: &Store, uses: &[PairUse]) -> Result<(), Error> {
    if store.is_embedded() {
        return store.upkeep(|upkeep| record_on(upkeep.db, uses));
    }
    record_on(&mut *store.writer()?, uses)
}

fn record_on(db: &mut Db, uses: &[PairUse]) -> Result<(), Error> {
    uses.iter().try_for_each(|one| record_of_pair(db, one).and_then(|()| record_of_key(db, one)))
}

fn record_of_pair(db: &mut Db, one: &PairUse) -> Result<(), Error> {
    use key_pairs as t;
    let at = one.at.as_micros();
    // No sum of such counts leaves the 63 bits of the column, beyond which SQLite would go on with a float.
    let count = i64::from(u32::try_from(one.count).unwrap_or(u32::MAX));
    let pair = t::table.filter(t::public_id.eq(one.pair.as_str()));
    let later = t::last_used_at.is_null().or(t::last_used_at.lt(at));
    let moved = update(pair.filter(later))
        .set((
            t::uses.eq(t::uses + count),
            t::last_used_at.eq(at),
            // Introspection does not know where the holder is; the address known before is then the last one known.
            one.from.map(|address| t::last_used_from.eq(address.to_string())),
        ))
        .execute(db)?;
    if moved == 0 {
        update(pair).set(t::uses.eq(t::uses + count)).execute(db)?;
    }
    Ok(())
}

fn record_of_key(db: &mut Db, one: &PairUse) -> Result<(), Error> {
    use api_keys as t;
    let at = one.at.as_micros();
    let key = t::table.find(DbId::from(one.key));
    let is_new = t::last_used_at.is_null().or(t::last_used_at.lt(at.saturating_sub(KEY_MOVES_AFTER)));
    update(key.filter(is_new)).set(t::last_used_at.eq(at)).execute(db)?;
    Ok(())
}

/// What is known of the uses of all pairs of these keys.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_keys(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<PublicId, LastUse>, Error> {
    use key_pairs as t;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = t::table
        .filter(t::api_key_id.eq_any(ids))
        .select((t::public_id, t::last_used_at, t::last_used_from, t::uses))
        .load::<(String, Option<i64>, Option<String>, i64)>(tx.db())?;
    rows.into_iter()
        .map(|(public_id, at, from, count)| {
            let public_id = row::parsed("key_pairs", "public_id", &public_id, str::parse)?;
            Ok((public_id, LastUse { at: at.map(Timestamp::from_micros), from, count }))
        })
        .collect()
}
