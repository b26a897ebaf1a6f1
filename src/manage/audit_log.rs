//! Reading the audit log: pages of events, one event, and exports. It needs `audit.read`, which whoever runs a space does not have
//! by that (ruling 12); what belongs to no space is read by those who run the site, and all at once on the machine alone.

use std::time::Duration;

use serde_json::json;

use super::{
    authority::require,
    error::Error,
    find::{self, present},
};
use crate::{
    domain::{
        audit_event::{AuditEntry, Origin},
        audit_filter::{Actions, AuditFilter, EventKey, Stream},
        audit_record::AuditRecord,
        authority::{Area, Authority},
        ids::AuditEventId,
        page::{Page, PageRequest, PageSize},
        permission::{AUDIT_READ, SITE_MANAGE},
        sequence::Seq,
        time::Timestamp,
    },
    store::{self, Redemption, Snapshot, Writes, transaction::Reads},
};

const EXPORT: &str = "audit.export";
/// How often it is noted that a credential exports a stream. Whoever asks for what is new every second would else find his own
/// traces each time.
const NOTED_EVERY: Duration = Duration::from_hours(1);

/// Refuses whoever may not read the events of a stream.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn require_reader(tx: &mut impl Reads, authority: &Authority, stream: Stream) -> Result<(), Error> {
    match stream {
        Stream::Space(id) => {
            find::space(tx, authority, id)?;
            require(authority, AUDIT_READ, Area::Space(id))
        }
        Stream::Site => require(authority, SITE_MANAGE, Area::Site),
        Stream::Everything if authority.is_machine() => Ok(()),
        Stream::Everything => Err(Error::MissingPermission(AUDIT_READ)),
    }
}

/// A page of events.
pub type EventPage = Page<AuditRecord, EventKey>;

/// A page of the events of a stream, newest first.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn list(
    tx: &mut impl Reads,
    authority: &Authority,
    stream: Stream,
    filter: &AuditFilter,
    request: PageRequest<EventKey>,
) -> Result<EventPage, Error> {
    require_reader(tx, authority, stream)?;
    Ok(store::audit_reading::page(tx, stream, filter, request)?)
}

/// One event of a stream.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn show(
    tx: &mut impl Reads,
    authority: &Authority,
    stream: Stream,
    id: AuditEventId,
) -> Result<AuditRecord, Error> {
    require_reader(tx, authority, stream)?;
    let is_of_stream = |event: &AuditRecord| match stream {
        Stream::Space(space) => event.space == Some(space),
        Stream::Site => event.space.is_none(),
        Stream::Everything => true,
    };
    present(store::audit_reading::find(tx, id)?.filter(is_of_stream), "audit event", id)
}

/// Which events are exported.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// Of which stream.
    pub stream: Stream,
    /// Behind this position of the chain; 0 for all.
    pub after: i64,
    /// How many at most.
    pub most: ExportSize,
    /// The time at which it is asked for.
    pub now: Timestamp,
}

/// How many events one answer exports: 1 to 1,000, which is 8 MiB at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSize(i64);

impl ExportSize {
    /// The largest.
    pub const LARGEST: Self = Self(1_000);

    /// This many, if that is within bounds.
    #[must_use]
    pub fn new(events: i64) -> Option<Self> {
        (1..=Self::LARGEST.0).contains(&events).then_some(Self(events))
    }
}

/// A part of an export.
#[derive(Debug)]
pub struct Exported {
    /// One event a line, each with its end.
    pub lines: String,
    /// The position to go on behind: that of the last line, or the one asked behind if there is none.
    pub last: i64,
    /// Whether as many were found as were asked for, so that more may follow at once.
    pub is_full: bool,
    /// What is to be noted before the lines are given out, if that was not done within the hour.
    pub to_note: Option<Note>,
}

/// That somebody exports events.
#[derive(Debug)]
pub struct Note {
    origin: Origin,
    entry: AuditEntry,
    seq: Seq,
}

/// Sealed events behind a position, in the order of the chain. What is not sealed yet follows later, so that nobody misses an
/// event who goes on behind the last one.
///
/// # Errors
/// `not_found`, `missing_permission`.
pub fn export(tx: &mut Snapshot<'_>, authority: &Authority, input: Export) -> Result<Exported, Error> {
    let Export { stream, after, most, .. } = input;
    require_reader(tx, authority, stream)?;
    let events = store::audit_reading::sealed_after(tx, stream, after, most.0)?;
    let position = |event: &AuditRecord| event.sealed.as_ref().map(|sealed| sealed.position);
    let last = events.last().and_then(position).unwrap_or(after);
    let mut lines = String::new();
    for event in &events {
        lines.push_str(&event.to_line().map_err(|_| unreadable(event))?);
        lines.push('\n');
    }
    let is_full = i64::try_from(events.len()) == Ok(most.0);
    Ok(Exported { lines, last, is_full, to_note: note_of(tx, authority, input)? })
}

fn unreadable(event: &AuditRecord) -> store::Error {
    store::Error::Corrupt { table: "audit_events", column: "detail", value: event.id.to_string() }
}

fn note_of(tx: &mut Snapshot<'_>, authority: &Authority, input: Export) -> Result<Option<Note>, Error> {
    let Export { stream, after, now, .. } = input;
    let origin = *authority.origin();
    let (target, space) = match stream {
        Stream::Space(space) => (space.to_string(), Some(space)),
        Stream::Site => ("site".to_owned(), None),
        Stream::Everything => ("everything".to_owned(), None),
    };
    let filter = AuditFilter {
        pair: origin.credential.pair(),
        grant: origin.credential.grant(),
        session: origin.credential.session(),
        actions: Some(Actions::one(EXPORT)),
        from: Some(now.minus(NOTED_EVERY)),
        ..AuditFilter::default()
    };
    let of_space = space.map_or(Stream::Site, Stream::Space);
    let request = PageRequest { after: None, size: PageSize::LARGEST };
    let noted = store::audit_reading::page(tx, of_space, &filter, request)?;
    if noted.items.iter().any(|event| event.origin == origin && event.target == target) {
        return Ok(None);
    }
    let entry = AuditEntry::new(EXPORT, target, space, json!({ "after": after }));
    Ok(Some(Note { origin, entry, seq: tx.stamp().seq }))
}

/// Notes that somebody exports events. Without it nothing is given out.
///
/// # Errors
/// The database does not answer.
pub fn note(redemption: &mut Redemption<'_>, note: &Note) -> Result<(), Error> {
    let id = redemption.new_id();
    store::audit::note(redemption, id, note.seq, &note.origin, &note.entry)?;
    Ok(())
}
