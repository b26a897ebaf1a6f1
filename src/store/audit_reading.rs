//! Audit events as they are read: a page of them newest first, one, or the sealed ones in the order of the chain. Each way begins
//! at an index: that of what an event is about, of its space and action, or of its time.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, alias, dsl::exists,
};

use super::{
    error::Error,
    row,
    schema::{audit_events, audit_mentions},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    audit_event::{Actor, Credential, Mention, Origin},
    audit_filter::{Actions, AuditFilter, EventKey, Stream},
    audit_record::{AuditRecord, Sealed},
    ids::{AuditEventId, SpaceId},
    page::{Page, PageRequest},
    sequence::Seq,
    time::Timestamp,
    workspace::WorkspaceNumber,
};

/// A page of the events of a stream, newest first. Events that are written while somebody turns pages are before the first one.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(
    tx: &mut impl Reads,
    stream: Stream,
    filter: &AuditFilter,
    request: PageRequest<EventKey>,
) -> Result<Page<AuditRecord, EventKey>, Error> {
    let mentions = filter.mentions();
    let actions = filter.actions.as_ref().map(Actions::names);
    let keys = match (mentions.split_first(), stream, actions) {
        (Some((first, others)), _, _) => about(tx, first, others, stream, filter, request)?,
        (None, Stream::Everything, _) | (None, _, None) => in_time(tx, stream, actions, filter, request)?,
        (None, _, Some(actions)) => of_actions(tx, stream, actions, filter, request)?,
    };
    let page = request.page(keys, |key| *key);
    Ok(Page { items: with_keys(tx, &page.items)?, next: page.next })
}

/// Narrows a query to a time and to what follows the page before.
macro_rules! narrow {
    ($query:ident, ($at:expr, $id:expr), $filter:expr, $request:expr) => {
        if let Some(after) = $request.after {
            let (at, id) = (after.at.as_micros(), DbId::from(after.id));
            // Said so that the time alone bounds the range of the index.
            $query = $query.filter($at.le(at)).filter($at.lt(at).or($id.lt(id)));
        }
        if let Some(from) = $filter.from {
            $query = $query.filter($at.ge(from.as_micros()));
        }
        if let Some(to) = $filter.to {
            $query = $query.filter($at.lt(to.as_micros()));
        }
    };
}

/// The keys of events about all of these things. What else must be true of an event is looked up event by event: in a join,
/// SQLite would begin at all events of the space.
fn about(
    tx: &mut impl Reads,
    first: &Mention,
    others: &[Mention],
    stream: Stream,
    filter: &AuditFilter,
    request: PageRequest<EventKey>,
) -> Result<Vec<EventKey>, Error> {
    use audit_events as e;
    use audit_mentions as m;
    let further = alias!(audit_mentions as further);
    let mut query = m::table
        .filter(m::subject.eq(first.as_str().to_owned()))
        .order((m::at.desc(), m::event_id.desc()))
        .limit(request.rows())
        .select((m::at, m::event_id))
        .into_boxed();
    for other in others {
        let is_mentioned = further
            .filter(further.field(m::subject).eq(other.as_str().to_owned()))
            .filter(further.field(m::at).eq(m::at))
            .filter(further.field(m::event_id).eq(m::event_id));
        query = query.filter(exists(is_mentioned));
    }
    narrow!(query, (m::at, m::event_id), filter, request);
    let event = e::table.filter(e::id.eq(m::event_id));
    query = match stream {
        Stream::Space(space) => query.filter(exists(event.filter(e::space_id.eq(DbId::from(space))))),
        Stream::Site => query.filter(exists(event.filter(e::space_id.is_null()))),
        Stream::Everything => query,
    };
    if let Some(actions) = &filter.actions {
        query = query.filter(exists(event.filter(e::action.eq_any(actions.names().to_vec()))));
    }
    Ok(query.load::<(i64, DbId)>(tx.db())?.into_iter().map(key).collect())
}

/// The keys of events of a stream.
fn in_time(
    tx: &mut impl Reads,
    stream: Stream,
    actions: Option<&[&'static str]>,
    filter: &AuditFilter,
    request: PageRequest<EventKey>,
) -> Result<Vec<EventKey>, Error> {
    use audit_events as e;
    let mut query =
        e::table.order((e::at.desc(), e::id.desc())).limit(request.rows()).select((e::at, e::id)).into_boxed();
    narrow!(query, (e::at, e::id), filter, request);
    query = match stream {
        Stream::Space(space) => query.filter(e::space_id.eq(DbId::from(space))),
        Stream::Site => query.filter(e::space_id.is_null()),
        Stream::Everything => query,
    };
    query = match actions {
        None => query,
        Some([action]) => query.filter(e::action.eq(*action)),
        Some(several) => query.filter(e::action.eq_any(several.to_vec())),
    };
    Ok(query.load::<(i64, DbId)>(tx.db())?.into_iter().map(key).collect())
}

/// The same with one of these actions: each is read in order, and the newest of all are taken. One query for all would sort
/// whatever fits, however much that is.
fn of_actions(
    tx: &mut impl Reads,
    stream: Stream,
    actions: &[&'static str],
    filter: &AuditFilter,
    request: PageRequest<EventKey>,
) -> Result<Vec<EventKey>, Error> {
    let mut keys = Vec::new();
    for action in actions {
        keys.extend(in_time(tx, stream, Some(&[*action]), filter, request)?);
    }
    keys.sort_unstable_by(|one: &EventKey, other| other.cmp(one));
    keys.truncate(usize::try_from(request.rows()).unwrap_or_default());
    Ok(keys)
}

fn key((at, id): (i64, DbId)) -> EventKey {
    EventKey { at: Timestamp::from_micros(at), id: id.to() }
}

fn with_keys(tx: &mut impl Reads, keys: &[EventKey]) -> Result<Vec<AuditRecord>, Error> {
    let ids: Vec<DbId> = keys.iter().map(|key| DbId::from(key.id)).collect();
    let rows = audit_events::table
        .filter(audit_events::id.eq_any(ids))
        .order((audit_events::at.desc(), audit_events::id.desc()))
        .load::<Row>(tx.db())?;
    rows.into_iter().map(Row::into_record).collect()
}

/// One event.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: AuditEventId) -> Result<Option<AuditRecord>, Error> {
    let row = audit_events::table.filter(audit_events::id.eq(DbId::from(id))).first::<Row>(tx.db()).optional()?;
    row.map(Row::into_record).transpose()
}

/// Sealed events of a stream behind this position, in the order of the chain. Positions are given in the order of commits, so
/// whoever goes on behind the last one misses none.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn sealed_after(tx: &mut impl Reads, stream: Stream, after: i64, most: i64) -> Result<Vec<AuditRecord>, Error> {
    use audit_events as e;
    let mut query = e::table.filter(e::position.gt(after)).order(e::position).limit(most).into_boxed();
    query = match stream {
        Stream::Space(space) => query.filter(e::space_id.eq(DbId::from(space))),
        Stream::Site => query.filter(e::space_id.is_null()),
        Stream::Everything => query,
    };
    query.load::<Row>(tx.db())?.into_iter().map(Row::into_record).collect()
}

/// A row with all of its columns, in their order.
#[derive(Queryable)]
struct Row {
    id: DbId,
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: Option<DbId>,
    address: Option<String>,
    action: String,
    target: String,
    space_id: Option<DbId>,
    detail: String,
    user_id: Option<DbId>,
    pair: Option<String>,
    grant_id: Option<DbId>,
    session_id: Option<DbId>,
    workspace: Option<i64>,
    about: String,
    count: i64,
    last_at: Option<i64>,
    position: Option<i64>,
    seal: Option<Vec<u8>>,
}

impl Row {
    fn into_record(self) -> Result<AuditRecord, Error> {
        let origin = self.origin()?;
        let detail = serde_json::from_str(&self.detail);
        Ok(AuditRecord {
            id: self.id.to(),
            seq: Seq::new(self.seq),
            at: Timestamp::from_micros(self.at),
            last_at: self.last_at.map(Timestamp::from_micros),
            count: self.count,
            action: self.action,
            target: self.target,
            space: self.space_id.map(DbId::to::<SpaceId>),
            workspace: self.workspace.and_then(WorkspaceNumber::new),
            origin,
            about: self.about.split_ascii_whitespace().map(str::to_owned).collect(),
            detail: detail.map_err(|_| Error::corrupt("audit_events", "detail", "not JSON"))?,
            sealed: self.position.zip(self.seal).map(|(position, seal)| Sealed { position, seal }),
        })
    }

    fn origin(&self) -> Result<Origin, Error> {
        let actor = Actor::of_parts(&self.actor_kind, self.actor_id.map(|id| id.0));
        let pair =
            self.pair.as_deref().map(|pair| row::parsed("audit_events", "pair", pair, str::parse)).transpose()?;
        let address = self.address.as_deref();
        let address = address.map(|text| row::parsed("audit_events", "address", text, str::parse)).transpose()?;
        let credential = match (self.grant_id, self.session_id, pair) {
            (Some(grant), _, pair) => Credential::Grant { grant: grant.to(), pair },
            (None, Some(session), _) => Credential::Session(session.to()),
            (None, None, Some(pair)) => Credential::Pair(pair),
            (None, None, None) => Credential::Unnamed,
        };
        Ok(Origin {
            actor: actor.ok_or_else(|| Error::corrupt("audit_events", "actor_kind", self.actor_kind.as_str()))?,
            credential,
            authority: self.user_id.map(DbId::to),
            address,
        })
    }
}
