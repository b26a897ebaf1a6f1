//! Secrets of clients that were seen where they should not be: one row for each pair, which stays when the pair goes, so that a
//! secret that is reported again is known again.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, insert_into, update,
};

use super::{
    db::on_backend,
    error::Error,
    row,
    schema::{application_pairs, key_pairs, leaks, resource_server_pairs},
    transaction::{Change, Reads, Redemption},
    types::DbId,
};
use crate::domain::{
    ids::{ApiKeyId, Id, LeakId},
    key_pair::{PairOwner, PublicId, SecretHash},
    leak::{KnownUse, Leak},
    page::{Page, PageRequest},
    time::Timestamp,
};

/// The secret of a client, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSecret {
    /// The client that it belongs to, or belonged to.
    pub client: PairOwner,
    /// What is kept of it.
    pub hash: SecretHash,
    /// Whether the pair is there.
    pub is_there: bool,
    /// Whether it was reported before.
    pub is_reported: bool,
}

type Secret = (DbId, DbId, Vec<u8>);

/// The secret with this public part, also of a pair that is gone, if its leak is known. Costs the same whether there is one.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_secret(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KnownSecret>, Error> {
    macro_rules! secret_in {
        ($pairs:ident.$client:ident) => {
            $pairs::table
                .filter($pairs::public_id.eq(public_id.as_str()))
                .select(($pairs::$client, $pairs::pepper_id, $pairs::secret_hash))
                .first::<Secret>(tx.db())
                .optional()?
        };
    }
    let of_key = secret_in!(key_pairs.api_key_id).map(|found| (PairOwner::ApiKey(found.0.to()), found));
    let of_application =
        secret_in!(application_pairs.application_id).map(|found| (PairOwner::Application(found.0.to()), found));
    let of_server = secret_in!(resource_server_pairs.resource_server_id)
        .map(|found| (PairOwner::ResourceServer(found.0.to()), found));
    let of_leak = leaks::table
        .filter(leaks::public_id.eq(public_id.as_str()))
        .select((leaks::client_kind, (leaks::client_id, leaks::pepper_id, leaks::secret_hash)))
        .first::<(String, Secret)>(tx.db())
        .optional()?
        .map(|(kind, found)| Ok::<_, Error>((client(&kind, found.0)?, found)))
        .transpose()?;

    let is_reported = of_leak.is_some();
    let there = of_key.or(of_application).or(of_server);
    let is_there = there.is_some();
    let Some((client, (_, pepper, hash))) = there.or(of_leak) else { return Ok(None) };
    let hash = hash.try_into().map_err(|_| Error::corrupt("leaks", "secret_hash", "not 32 bytes"))?;
    Ok(Some(KnownSecret { client, hash: SecretHash { pepper: pepper.to(), hash }, is_there, is_reported }))
}

const API_KEY: &str = "api_key";
const APPLICATION: &str = "application";
const RESOURCE_SERVER: &str = "resource_server";

fn client(kind: &str, id: DbId) -> Result<PairOwner, Error> {
    match kind {
        API_KEY => Ok(PairOwner::ApiKey(id.to())),
        APPLICATION => Ok(PairOwner::Application(id.to())),
        RESOURCE_SERVER => Ok(PairOwner::ResourceServer(id.to())),
        other => Err(Error::corrupt("leaks", "client_kind", other)),
    }
}

fn columns(client: PairOwner) -> (&'static str, DbId) {
    match client {
        PairOwner::ApiKey(id) => (API_KEY, DbId::from(id)),
        PairOwner::Application(id) => (APPLICATION, DbId::from(id)),
        PairOwner::ResourceServer(id) => (RESOURCE_SERVER, DbId::from(id)),
    }
}

/// Keeps the first report of a leak. Whether it was the first says whether there was none before.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert(change: &mut Change<'_>, leak: &Leak, hash: &SecretHash) -> Result<bool, Error> {
    use leaks as t;
    let (kind, client) = columns(leak.client);
    let row = (
        t::id.eq(DbId::from(leak.id)),
        t::public_id.eq(leak.pair.as_str()),
        t::pepper_id.eq(DbId::from(hash.pepper)),
        t::secret_hash.eq(hash.hash.as_slice()),
        t::client_kind.eq(kind),
        t::client_id.eq(client),
        t::reported_at.eq(leak.reported_at.as_micros()),
        t::last_reported_at.eq(leak.last_reported_at.as_micros()),
        t::reports.eq(leak.reports),
        t::network.eq(leak.network.as_deref()),
        t::source.eq(leak.source.as_deref()),
        t::revoked_at.eq(leak.revoked_at.map(Timestamp::as_micros)),
        t::last_used_at.eq(leak.used_before.at.map(Timestamp::as_micros)),
        t::last_used_from.eq(leak.used_before.from.as_deref()),
        t::uses.eq(leak.used_before.count),
    );
    let kept = on_backend!(change.db, |connection| insert_into(t::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection)?);
    Ok(kept == 1)
}

/// Counts one more report of a pair. No decision rests on it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count_report(redemption: &mut Redemption<'_>, pair: PublicId, now: Timestamp) -> Result<(), Error> {
    use leaks as t;
    update(t::table.filter(t::public_id.eq(pair.as_str())))
        .set((t::reports.eq(t::reports + 1), t::last_reported_at.eq(now.as_micros())))
        .execute(redemption.db)?;
    Ok(())
}

/// Notes that a report ended the pair.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_revoked(change: &mut Change<'_>, pair: PublicId) -> Result<(), Error> {
    use leaks as t;
    let now = change.now().as_micros();
    let of_pair = t::table.filter(t::public_id.eq(pair.as_str()).and(t::revoked_at.is_null()));
    update(of_pair).set(t::revoked_at.eq(now)).execute(change.db)?;
    Ok(())
}

/// When the secrets of pairs of these keys were reported first, by pair.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_keys(tx: &mut impl Reads, keys: &[ApiKeyId]) -> Result<HashMap<PublicId, Timestamp>, Error> {
    use leaks as t;
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<DbId> = keys.iter().copied().map(DbId::from).collect();
    let rows = t::table.filter(t::client_id.eq_any(ids)).select((t::public_id, t::reported_at));
    let read = |(pair, at): (String, i64)| {
        Ok((row::parsed("leaks", "public_id", &pair, str::parse)?, Timestamp::from_micros(at)))
    };
    rows.load::<(String, i64)>(tx.db())?.into_iter().map(read).collect()
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    public_id: String,
    client_kind: String,
    client_id: DbId,
    reported_at: i64,
    last_reported_at: i64,
    reports: i64,
    network: Option<String>,
    source: Option<String>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    last_used_from: Option<String>,
    uses: i64,
}

/// A page of the leaks of a key's secrets, the first reported first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(tx: &mut impl Reads, key: ApiKeyId, request: PageRequest<LeakId>) -> Result<Page<Leak, LeakId>, Error> {
    use leaks as t;
    let after = request.after.map_or_else(uuid::Uuid::nil, Id::as_uuid);
    let rows = t::table
        .filter(t::client_id.eq(DbId::from(key)))
        .filter(t::id.gt(DbId(after)))
        .order(t::id)
        .limit(request.rows())
        .select((
            t::id,
            t::public_id,
            t::client_kind,
            t::client_id,
            t::reported_at,
            t::last_reported_at,
            t::reports,
            t::network,
            t::source,
            t::revoked_at,
            t::last_used_at,
            t::last_used_from,
            t::uses,
        ))
        .load::<Row>(tx.db())?;
    let leaks = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(request.page(leaks, |leak| leak.id))
}

fn read(row: Row) -> Result<Leak, Error> {
    Ok(Leak {
        id: row.id.to(),
        pair: row::parsed("leaks", "public_id", &row.public_id, str::parse)?,
        client: client(&row.client_kind, row.client_id)?,
        reported_at: Timestamp::from_micros(row.reported_at),
        last_reported_at: Timestamp::from_micros(row.last_reported_at),
        reports: row.reports,
        network: row.network,
        source: row.source,
        revoked_at: row.revoked_at.map(Timestamp::from_micros),
        used_before: KnownUse {
            at: row.last_used_at.map(Timestamp::from_micros),
            from: row.last_used_from,
            count: row.uses,
        },
    })
}
