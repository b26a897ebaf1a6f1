//! Reading the whole chain again, a bounded number of events at a time, for whoever checks it.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    QueryableByName, RunQueryDsl,
    connection::SimpleConnection as _,
    dsl::{count_star, max, min},
    sql_query, sql_types,
};

use super::rows::{ChainedRow, chained_columns, event};
use crate::{
    domain::{
        audit_chain::{ChainedEvent, Checkpoint, Seal},
        ids::AuditEventId,
        time::Timestamp,
    },
    store::{
        self,
        db::{Db, on_backend},
        schema::{audit_events, audit_mentions},
        transaction::Reads,
        types::DbId,
    },
};

/// A sealed event as it stands in the database.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place.
    pub position: i64,
    /// Its seal; none if it has none or one of another length.
    pub seal: Option<Seal>,
    /// All that the seal covers.
    pub event: ChainedEvent,
}

/// Something that an event can be found by, with the time that it is found at.
pub type StoredMention = (String, Timestamp);

/// Some events that follow each other.
#[derive(Debug, Default)]
pub struct Page {
    /// By position.
    pub events: Vec<StoredEvent>,
    /// What they can be found by, in no order.
    pub mentions: HashMap<AuditEventId, Vec<StoredMention>>,
    /// Where the next page begins; nowhere, if positions end here.
    pub next: Option<i64>,
}

/// Lets the queries of this transaction take their time.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn take_time(tx: &mut impl Reads) -> Result<(), store::Error> {
    if let Db::Postgres(postgres) = tx.db() {
        postgres.batch_execute("SET LOCAL statement_timeout = 0")?;
    }
    Ok(())
}

/// The events whose positions lie in the first range of so many that begins at or after `from` and has any; none behind the
/// last one. A range and not a number of rows, so that no two events of one position fall apart.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn page(tx: &mut impl Reads, from: i64, length: i64) -> Result<Option<Page>, store::Error> {
    use audit_events as t;
    let first = t::table.filter(t::position.ge(from)).select(min(t::position));
    let first: Option<i64> = on_backend!(tx.db(), |connection| first.first(connection)?);
    let Some(first) = first else { return Ok(None) };
    let last = first.saturating_add(length - 1);
    let within = t::position.between(first, last);
    let rows = t::table.filter(within).order((t::position, t::id)).select((
        t::position.assume_not_null(),
        t::seal,
        chained_columns!(),
    ));
    let rows: Vec<(i64, Option<Vec<u8>>, ChainedRow)> = on_backend!(tx.db(), |connection| rows.load(connection)?);
    let stored = |(position, seal, row): (i64, Option<Vec<u8>>, ChainedRow)| StoredEvent {
        position,
        seal: seal.as_deref().and_then(Seal::of_column),
        event: event(row),
    };
    let events = rows.into_iter().map(stored).collect();
    let mut page = Page { events, mentions: HashMap::new(), next: last.checked_add(1) };
    let mentioned = t::table
        .inner_join(audit_mentions::table.on(audit_mentions::event_id.eq(t::id)))
        .filter(within)
        .select((t::id, audit_mentions::subject, audit_mentions::at));
    let mentioned: Vec<(DbId, String, i64)> = on_backend!(tx.db(), |connection| mentioned.load(connection)?);
    for (id, subject, at) in mentioned {
        page.mentions.entry(id.to()).or_default().push((subject, Timestamp::from_micros(at)));
    }
    Ok(Some(page))
}

/// Position of the first sealed event, and the last one as it stands there; none if nothing is sealed.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn ends(tx: &mut impl Reads) -> Result<Option<(i64, Checkpoint)>, store::Error> {
    use audit_events as t;
    let ends = t::table.filter(t::position.is_not_null()).select((min(t::position), max(t::position)));
    let (Some(first), Some(last)) = ends.first::<(Option<i64>, Option<i64>)>(tx.db())? else { return Ok(None) };
    let seal = seal_at(tx, last)?.unwrap_or(Seal::NOTHING);
    Ok(Some((first, Checkpoint { position: last, seal })))
}

/// The seal that stands at a position.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn seal_at(tx: &mut impl Reads, position: i64) -> Result<Option<Seal>, store::Error> {
    use audit_events as t;
    let seal = t::table.filter(t::position.eq(position)).select(t::seal);
    let seal: Option<Option<Vec<u8>>> = seal.first(tx.db()).optional()?;
    Ok(seal.flatten().as_deref().and_then(Seal::of_column))
}

/// How many mentions there are in all, and how many of events that are not sealed.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn count_mentions(tx: &mut impl Reads) -> Result<(i64, i64), store::Error> {
    use audit_events as t;
    let all = audit_mentions::table.select(count_star());
    let open = t::table
        .inner_join(audit_mentions::table.on(audit_mentions::event_id.eq(t::id)))
        .filter(t::position.is_null())
        .select(count_star());
    Ok(on_backend!(tx.db(), |connection| (all.first(connection)?, open.first(connection)?)))
}

/// How many events have a seal and no position.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn count_torn(tx: &mut impl Reads) -> Result<i64, store::Error> {
    use audit_events as t;
    let torn = t::table.filter(t::position.is_null().and(t::seal.is_not_null())).select(count_star());
    Ok(on_backend!(tx.db(), |connection| torn.first(connection)?))
}

#[derive(QueryableByName)]
struct RowId {
    #[diesel(sql_type = sql_types::BigInt)]
    row: i64,
}

/// SQLite takes any kind of value in any column, and some read like another: text as bytes, 7.5 as 7. The rows of events and
/// mentions whose values are not of the kind of their column, some of them. PostgreSQL has no such rows.
///
/// # Errors
/// [`store::Error::Unavailable`].
pub fn misshapen(tx: &mut impl Reads) -> Result<Vec<(&'static str, i64)>, store::Error> {
    let Db::Sqlite(sqlite) = tx.db() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (table, columns) in COLUMNS {
        let wrong: Vec<String> = columns.iter().map(|(name, kind)| kind.refuses(name)).collect();
        let text = format!("SELECT rowid AS row FROM {table} WHERE {} LIMIT 20", wrong.join(" OR "));
        found.extend(sql_query(text).load::<RowId>(sqlite)?.into_iter().map(|RowId { row }| (table, row)));
    }
    Ok(found)
}

#[derive(Clone, Copy)]
enum Kind {
    Id,
    Number,
    Text,
    Seal,
    MaybeId,
    MaybeNumber,
    MaybeText,
    MaybeSeal,
}

impl Kind {
    fn refuses(self, column: &str) -> String {
        let (kind, may_be_null) = match self {
            Self::Id => (format!("typeof({column}) <> 'blob' OR length({column}) <> 16"), false),
            Self::MaybeId => (format!("typeof({column}) <> 'blob' OR length({column}) <> 16"), true),
            Self::Seal => (format!("typeof({column}) <> 'blob' OR length({column}) <> 32"), false),
            Self::MaybeSeal => (format!("typeof({column}) <> 'blob' OR length({column}) <> 32"), true),
            Self::Number => (format!("typeof({column}) <> 'integer'"), false),
            Self::MaybeNumber => (format!("typeof({column}) <> 'integer'"), true),
            Self::Text => (format!("typeof({column}) <> 'text'"), false),
            Self::MaybeText => (format!("typeof({column}) <> 'text'"), true),
        };
        if may_be_null { format!("({column} IS NOT NULL AND ({kind}))") } else { kind }
    }
}

const COLUMNS: [(&str, &[(&str, Kind)]); 3] = [
    (
        "audit_events",
        &[
            ("id", Kind::Id),
            ("seq", Kind::Number),
            ("at", Kind::Number),
            ("actor_kind", Kind::Text),
            ("actor_id", Kind::MaybeId),
            ("address", Kind::MaybeText),
            ("action", Kind::Text),
            ("target", Kind::Text),
            ("space_id", Kind::MaybeId),
            ("detail", Kind::Text),
            ("user_id", Kind::MaybeId),
            ("pair", Kind::MaybeText),
            ("grant_id", Kind::MaybeId),
            ("session_id", Kind::MaybeId),
            ("workspace", Kind::MaybeNumber),
            ("about", Kind::Text),
            ("count", Kind::Number),
            ("last_at", Kind::MaybeNumber),
            ("position", Kind::MaybeNumber),
            ("seal", Kind::MaybeSeal),
        ],
    ),
    ("audit_mentions", &[("subject", Kind::Text), ("at", Kind::Number), ("event_id", Kind::Id)]),
    (
        "audit_head",
        &[
            ("key_id", Kind::Id),
            ("position", Kind::Number),
            ("seal", Kind::Seal),
            ("kept_after", Kind::Number),
            ("kept_seal", Kind::Seal),
            ("sealed_at", Kind::Number),
            ("mac", Kind::Seal),
        ],
    ),
];
