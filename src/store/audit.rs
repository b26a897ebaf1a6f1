//! Audit events: written in the transaction of what they speak of, read in order, never changed.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into};

use super::{
    audit_folds::in_column,
    db::{Db, on_backend},
    error::Error,
    schema::{audit_events, audit_mentions},
    transaction::{Change, Reads, Redemption, Writes},
    types::DbId,
};
use crate::domain::{
    audit_detail,
    audit_event::{AuditEntry, Mention, Origin},
    audit_fold::{Fold, Tally},
    ids::AuditEventId,
    sequence::Seq,
    time::Timestamp,
    workspace::WorkspaceNumber,
};

/// An audit event as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenEvent {
    /// Identifier.
    pub id: AuditEventId,
    /// The change that it belongs to.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Kind of the actor.
    pub actor: String,
    /// Verb.
    pub action: String,
    /// What was changed.
    pub target: String,
    /// Field names with values, as JSON.
    pub detail: String,
}

/// Writes what happened and on whose behalf.
///
/// # Errors
/// [`Error::Unavailable`]; then the change does not happen either.
pub fn insert(change: &mut Change<'_>, origin: &Origin, entry: &AuditEntry) -> Result<(), Error> {
    let (id, seq, at) = (change.new_id(), change.seq(), change.now());
    write(change.db, &Place::once(id, seq, at), origin, entry).map(drop)
}

/// Writes what happened beside the changes: that somebody logged in, or tried to. `seq` is the state that it rests on. Two
/// events with one id are one event, whoever writes it first; the answer is whether this was the first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note(
    redemption: &mut Redemption<'_>,
    id: AuditEventId,
    seq: Seq,
    origin: &Origin,
    entry: &AuditEntry,
) -> Result<bool, Error> {
    let at = redemption.now();
    write(redemption.db, &Place::once(id, seq, at), origin, entry)
}

/// Writes a fold as far as it has come; its row may grow later. Whether it was not there.
pub(super) fn write_folded(db: &mut Db, id: AuditEventId, fold: &Fold, tally: &Tally) -> Result<bool, Error> {
    let place =
        Place { id, seq: tally.seq, at: tally.first_at, count: in_column(tally.count), last_at: Some(tally.last_at) };
    write(db, &place, &fold.origin(), &fold.entry())
}

/// Where an event stands in the order of things.
struct Place {
    id: AuditEventId,
    seq: Seq,
    at: Timestamp,
    count: i64,
    /// When it happened last, if it may happen again.
    last_at: Option<Timestamp>,
}

impl Place {
    const fn once(id: AuditEventId, seq: Seq, at: Timestamp) -> Self {
        Self { id, seq, at, count: 1, last_at: None }
    }
}

fn write(db: &mut Db, place: &Place, origin: &Origin, entry: &AuditEntry) -> Result<bool, Error> {
    let (actor_kind, actor_id) = origin.actor.parts();
    let mentions = entry.mentions(origin);
    let about: Vec<&str> = mentions.iter().map(Mention::as_str).collect();
    let credential = origin.credential;
    let row = (
        audit_events::id.eq(DbId::from(place.id)),
        audit_events::seq.eq(place.seq.get()),
        audit_events::at.eq(place.at.as_micros()),
        audit_events::actor_kind.eq(actor_kind),
        audit_events::actor_id.eq(actor_id.map(DbId)),
        audit_events::address.eq(origin.address.map(|address| address.to_string())),
        audit_events::action.eq(entry.action),
        audit_events::target.eq(&entry.target),
        audit_events::space_id.eq(entry.space.map(DbId::from)),
        audit_events::detail.eq(audit_detail::to_text(&entry.detail)),
        (
            audit_events::user_id.eq(origin.authority.map(DbId::from)),
            audit_events::pair.eq(credential.pair().map(|pair| pair.to_string())),
            audit_events::grant_id.eq(credential.grant().map(DbId::from)),
            audit_events::session_id.eq(credential.session().map(DbId::from)),
            audit_events::workspace.eq(entry.workspace.map(WorkspaceNumber::get)),
            audit_events::about.eq(about.join(" ")),
            audit_events::count.eq(place.count),
            audit_events::last_at.eq(place.last_at.map(Timestamp::as_micros)),
        ),
    );
    let written = on_backend!(db, |connection| insert_into(audit_events::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(connection)?);
    if written == 0 {
        return Ok(false);
    }
    if about.is_empty() {
        return Ok(true);
    }
    let mentioned: Vec<_> = about
        .into_iter()
        .map(|subject| {
            (
                audit_mentions::subject.eq(subject),
                audit_mentions::at.eq(place.at.as_micros()),
                audit_mentions::event_id.eq(DbId::from(place.id)),
            )
        })
        .collect();
    on_backend!(db, |connection| insert_into(audit_mentions::table).values(mentioned).execute(connection)?);
    Ok(true)
}

/// What was written about one thing, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn of_target(tx: &mut impl Reads, target: &str) -> Result<Vec<WrittenEvent>, Error> {
    use audit_events as t;
    let rows = t::table
        .filter(t::target.eq(target))
        .order(t::seq)
        .select((t::id, t::seq, t::at, t::actor_kind, t::action, t::target, t::detail))
        .load::<(DbId, i64, i64, String, String, String, String)>(tx.db())?;
    Ok(rows
        .into_iter()
        .map(|(id, seq, at, actor, action, target, detail)| WrittenEvent {
            id: id.to(),
            seq: Seq::new(seq),
            at: Timestamp::from_micros(at),
            actor,
            action,
            target,
            detail,
        })
        .collect())
}
