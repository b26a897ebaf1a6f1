//! Sealing: events that are committed get the next positions of the chain.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{count_star, exists, min},
    select, sql_query,
    sql_types::{Array, BigInt, Binary},
    update,
};

use super::{
    error::ChainError,
    head,
    rows::{ChainedRow, chained_columns, event},
};
use crate::{
    crypto::{audit_chain::follow, sealed::MasterKey},
    domain::{
        audit_chain::{Checkpoint, closed_before},
        time::Timestamp,
    },
    store::{
        self,
        db::Db,
        schema::audit_events,
        transaction::{Reads, Redemption, Writes as _},
        types::{DbId, IdSql},
    },
};

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// How many events it sealed.
    pub events: usize,
    /// Where the chain ends now.
    pub last: Checkpoint,
    /// Where it begins: the last event that was deleted for its age.
    pub kept_after: Checkpoint,
}

/// Events that are not sealed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// How many.
    pub events: i64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

/// What is not sealed yet. Costs a walk through an index that has these events alone.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn backlog(tx: &mut impl Reads) -> Result<Backlog, store::Error> {
    use audit_events as t;
    let open = t::table.filter(t::position.is_null()).select((count_star(), min(t::at)));
    let (events, oldest) = open.first::<(i64, Option<i64>)>(tx.db())?;
    Ok(Backlog { events, oldest: oldest.map(Timestamp::from_micros) })
}

/// Events that can be sealed at this time: those of which nothing is counted any more.
#[diesel::dsl::auto_type]
fn closed(before: i64) -> _ {
    audit_events::table
        .filter(audit_events::position.is_null().and(audit_events::last_at.is_null().or(audit_events::at.lt(before))))
}

/// Whether there is something to seal, for whoever wants to begin no transaction without need.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn is_due(tx: &mut impl Reads, now: Timestamp) -> Result<bool, store::Error> {
    Ok(select(exists(closed(closed_before(now).as_micros()))).get_result(tx.db())?)
}

/// Seals at most so many events, oldest first. None if another node is at it.
///
/// The rows are locked before they are read, on PostgreSQL: whoever counts on an event has done so before, or finds it
/// sealed. One that somebody counts on at this moment is left for the next batch, so this waits for nobody; and no change
/// waits for this, since changes only add events.
///
/// # Errors
/// [`ChainError`]; nothing is sealed then.
pub fn seal_some(redemption: &mut Redemption<'_>, master: &MasterKey, most: i64) -> Result<Option<Sealed>, ChainError> {
    let Some(mut held) = head::hold(redemption, master)? else { return Ok(None) };
    let rows = lock(redemption, most)?;
    let mut links = Vec::with_capacity(rows.len());
    for row in rows {
        let event = event(row);
        held.head.last = follow(held.head.last, &event);
        links.push((DbId::from(event.id), held.head.last));
    }
    if !links.is_empty() {
        write(redemption.db(), &links).map_err(behind)?;
        held.head.sealed_at = redemption.now();
        held.save(redemption)?;
    }
    Ok(Some(Sealed { events: links.len(), last: held.head.last, kept_after: held.head.kept_after }))
}

fn lock(redemption: &mut Redemption<'_>, most: i64) -> Result<Vec<ChainedRow>, ChainError> {
    use audit_events as t;
    let before = closed_before(redemption.now()).as_micros();
    let oldest_first = closed(before).order((t::at, t::id)).limit(most).select(chained_columns!());
    Ok(match redemption.db() {
        Db::Sqlite(sqlite) => oldest_first.load(sqlite)?,
        Db::Postgres(postgres) => oldest_first.for_update().skip_locked().load(postgres)?,
    })
}

/// Positions come from the head alone, which nobody else moves meanwhile.
fn behind(error: ChainError) -> ChainError {
    if matches!(error, ChainError::Store(store::Error::Duplicate)) { ChainError::HeadBehind } else { error }
}

/// One statement on PostgreSQL, which is a network away; one for each event on SQLite, which has no lists.
fn write(db: &mut Db, links: &[(DbId, Checkpoint)]) -> Result<(), ChainError> {
    use audit_events as t;
    let written = match db {
        Db::Sqlite(sqlite) => {
            let mut written = 0;
            for (id, Checkpoint { position, seal }) in links {
                let open = t::table.filter(t::id.eq(id).and(t::position.is_null()));
                let sealed = (t::position.eq(position), t::seal.eq(seal.as_bytes().as_slice()));
                written += update(open).set(sealed).execute(sqlite)?;
            }
            written
        }
        Db::Postgres(postgres) => {
            let text = "UPDATE audit_events SET position = link.position, seal = link.seal \
                        FROM unnest($1, $2, $3) AS link (id, position, seal) \
                        WHERE audit_events.id = link.id AND audit_events.position IS NULL";
            let ids: Vec<DbId> = links.iter().map(|(id, _)| *id).collect();
            let positions: Vec<i64> = links.iter().map(|(_, link)| link.position).collect();
            let seals: Vec<&[u8]> = links.iter().map(|(_, link)| link.seal.as_bytes().as_slice()).collect();
            sql_query(text)
                .bind::<Array<IdSql>, _>(ids)
                .bind::<Array<BigInt>, _>(positions)
                .bind::<Array<Binary>, _>(seals)
                .execute(postgres)?
        }
    };
    if written == links.len() {
        return Ok(());
    }
    Err(store::Error::Unavailable("an audit event was sealed by somebody else meanwhile".to_owned()).into())
}
