//! Reading the change log: what happened since a known change, and what time it is.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    clock::Clock,
    connection::{Store, is_dead},
    db::{Db, on_backend},
    error::Error,
    revoked_tokens::{self, RevokedToken},
    row,
    schema::{change_feed, change_head, changes},
    transaction::{Reads, Upkeep},
    types::DbId,
};
use crate::domain::{
    change::SubjectKind,
    ids::{Id, TokenId},
    sequence::{Mark, Seq},
    time::Timestamp,
};
use uuid::Uuid;

/// More missing changes than this are not applied one by one; everything is loaded anew.
pub const MOST_CHANGES_AT_ONCE: i64 = 10_000;

/// One row of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its number.
    pub seq: Seq,
    /// Its mark.
    pub mark: Mark,
    /// Kind of what it altered.
    pub kind: SubjectKind,
    /// Which one.
    pub subject: Uuid,
}

/// What a read of the head brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRead {
    /// Number of the last change of all.
    pub head: Seq,
    /// Whether the changes reach up to the head.
    pub complete: bool,
    /// The change asked for (of several rows the last will do), if it is still there, and the later ones, in order; none
    /// beyond [`MOST_CHANGES_AT_ONCE`] numbers.
    pub changes: Vec<LoggedChange>,
    /// Those of the tokens among the changes that have to be remembered.
    pub revoked: Vec<RevokedToken>,
    /// The database's time, never before the high-water mark left by whoever deleted expired rows last.
    pub now: Timestamp,
}

/// The number of the last change, as this transaction sees it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn head(tx: &mut impl Reads) -> Result<Seq, Error> {
    Ok(Seq::new(change_head::table.select(change_head::seq).first(tx.db())?))
}

/// Reads the head over a connection of its own. If that has died, it opens another and asks again.
pub struct HeadReader {
    store: Store,
    connection: Option<Db>,
    last: Option<LastRow>,
}

/// The last row that a reader has seen. A change can have many rows, and to know that nothing came after it one will do.
#[derive(Debug, Clone, Copy)]
struct LastRow {
    seq: Seq,
    position: i64,
}

impl HeadReader {
    /// A reader without connection yet.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store, connection: None, last: None }
    }

    /// All changes since `applied`, and that one too.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer or is a standby.
    pub fn read(&mut self, applied: Seq) -> Result<HeadRead, Error> {
        if let Some(mut db) = self.connection.take() {
            match self.read_on(&mut db, applied) {
                // It died with the server, perhaps long ago: there may be a server again.
                Err(_) if is_dead(&mut db) => {}
                read => return self.keep(db, read),
            }
        }
        let mut db = self.store.own_connection()?;
        let read = self.read_on(&mut db, applied);
        self.keep(db, read)
    }

    fn read_on(&mut self, db: &mut Db, applied: Seq) -> Result<HeadRead, Error> {
        let rows = match self.last {
            Some(last) if last.seq == applied => rows_from(db, last.position)?,
            _ => rows_since(db, applied)?,
        };
        self.last = rows.last().map(|row| LastRow { seq: Seq::new(row.1), position: row.0 });
        let mut read = collect(rows, &self.store.clock)?;
        let missing = read.changes.iter().filter(|change| change.seq > applied);
        let revoked: Vec<TokenId> = missing.filter_map(LoggedChange::revoked_token).collect();
        if !revoked.is_empty() {
            read.revoked = revoked_tokens::among(&mut Connected(db), &revoked)?;
        }
        Ok(read)
    }

    /// Keeps the connection for the next read if this one succeeded.
    fn keep(&mut self, db: Db, read: Result<HeadRead, Error>) -> Result<HeadRead, Error> {
        if read.is_ok() {
            self.connection = Some(db);
        }
        read
    }
}

impl LoggedChange {
    fn revoked_token(&self) -> Option<TokenId> {
        (self.kind == SubjectKind::Token).then(|| TokenId::from_uuid(self.subject))
    }
}

struct Connected<'a>(&'a mut Db);

impl Reads for Connected<'_> {
    fn db(&mut self) -> &mut Db {
        self.0
    }
}

type Row = (i64, i64, Vec<u8>, String, DbId, i64, i64, i64, bool);

// The range bounds the rows, not LIMIT: SQLite would look at the value bound to a LIMIT when it plans, and so plan anew at
// every read.
fn rows_since(db: &mut Db, seq: Seq) -> Result<Vec<Row>, Error> {
    let last = seq.get().saturating_add(MOST_CHANGES_AT_ONCE);
    Ok(on_backend!(db, |connection| {
        change_feed::table
            .filter(change_feed::seq.between(seq.get(), last))
            .order(change_feed::position)
            .load(connection)?
    }))
}

fn rows_from(db: &mut Db, position: i64) -> Result<Vec<Row>, Error> {
    let last = position.saturating_add(MOST_CHANGES_AT_ONCE);
    Ok(on_backend!(db, |connection| {
        change_feed::table
            .filter(change_feed::position.between(position, last))
            .order(change_feed::position)
            .load(connection)?
    }))
}

fn collect(rows: Vec<Row>, clock: &Clock) -> Result<HeadRead, Error> {
    let mut read = HeadRead {
        head: Seq::ZERO,
        complete: false,
        changes: Vec::with_capacity(rows.len()),
        revoked: Vec::new(),
        now: Timestamp::from_micros(0),
    };
    for (_position, seq, mark, kind, subject, head, high_water, now, standby) in rows {
        if standby {
            return Err(Error::Unavailable("this PostgreSQL server is a standby; name the primary".to_owned()));
        }
        read.head = Seq::new(head);
        read.complete = seq == head;
        read.now = read.now.max(clock.show(now)).max(Timestamp::from_micros(high_water));
        read.changes.push(LoggedChange {
            seq: Seq::new(seq),
            mark: row::mark(mark)?,
            kind: row::word("changes", "kind", &kind)?,
            subject: subject.0,
        });
    }
    Ok(read)
}

/// Where a deletion of expired rows leaves its time, so that neither a restart nor a clock step revives what they ended.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn raise_clock_high_water(db: &mut Db, now: Timestamp) -> Result<(), Error> {
    diesel::update(change_head::table)
        .filter(change_head::id.eq(1).and(change_head::clock_high_water.lt(now.as_micros())))
        .set(change_head::clock_high_water.eq(now.as_micros()))
        .execute(db)?;
    Ok(())
}

/// Deletes changes made before `before`, but none that has one of the last `kept` rows, and never the last change: it is
/// the stamp of every snapshot. A node that is further behind loads everything anew. Answers how many rows went.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_old(upkeep: &mut Upkeep<'_>, before: Timestamp, kept: u32) -> Result<usize, Error> {
    let newest_first = changes::table.order(changes::seq.desc()).select(changes::seq);
    let first_kept = newest_first.offset(i64::from(kept.saturating_sub(1))).first::<i64>(upkeep.db).optional()?;
    let Some(first_kept) = first_kept else { return Ok(0) };
    let old = changes::table.filter(changes::seq.lt(first_kept).and(changes::at.lt(before.as_micros())));
    Ok(diesel::delete(old).execute(upkeep.db)?)
}
