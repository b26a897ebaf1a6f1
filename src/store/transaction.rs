//! Transactions: a *change* alters what anyone may do and takes the next sequence number; an *upkeep* writes what no decision
//! rests on; a *redemption* takes what somebody holds in exchange for something else; a *snapshot* reads one state.

use std::convert::Infallible;

use diesel::{
    Connection, ExpressionMethods, QueryDsl, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    dsl::max,
    insert_into, update,
};
use rand::{Rng, rngs::StdRng};

use super::{
    connection::Store,
    db::Db,
    error::Error,
    schema::{change_head, changes},
    types::DbId,
};
use crate::{
    crypto::random,
    domain::{
        change::Subject,
        ids::Id,
        sequence::{Mark, Seq},
        text_enum::TextEnum,
        time::Timestamp,
    },
};

type Transactions = <Db as Connection>::TransactionManager;

/// A write transaction that holds the next sequence number. Changes run one by one on every node, so a rule may be read
/// and relied on.
pub struct Change<'a> {
    pub(super) db: &'a mut Db,
    seq: Seq,
    mark: Mark,
    now: Timestamp,
    random: StdRng,
    touched: Vec<Subject>,
    last_position: Option<i64>,
}

/// A write that no decision rests on and that therefore takes no sequence number: it deletes what has expired and notes what
/// was used.
pub struct Upkeep<'a> {
    pub(super) db: &'a mut Db,
    now: Timestamp,
}

/// A write that takes something that can be taken once (a code, a refresh token, a place in a queue) or keeps something new
/// that nobody knows yet. It takes no sequence number and waits for no change: guarded updates decide who was first.
pub struct Redemption<'a> {
    pub(super) db: &'a mut Db,
    now: Timestamp,
    random: StdRng,
}

/// A read-only transaction that sees one state.
pub struct Snapshot<'a> {
    pub(super) db: &'a mut Db,
    stamp: Stamp,
}

/// The state that a snapshot saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the last change in it.
    pub seq: Seq,
    /// Mark of that change.
    pub mark: Mark,
}

impl Change<'_> {
    /// The sequence number of this change: the value of every cut-off and `since` it sets.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        self.seq
    }

    /// The database's time at the beginning of the change.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id of this time.
    pub fn new_id<I: Id>(&mut self) -> I {
        I::generate(self.now, &mut self.random)
    }

    /// Enters the subject into the change log, once.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn touch(&mut self, subject: Subject) -> Result<(), Error> {
        if self.touched.contains(&subject) {
            return Ok(());
        }
        let (kind, id) = subject.parts();
        let position = self.next_position()?;
        insert_into(changes::table)
            .values((
                changes::position.eq(position),
                changes::seq.eq(self.seq.get()),
                changes::kind.eq(kind.as_str()),
                changes::subject.eq(DbId(id)),
                changes::mark.eq(self.mark.0.as_slice()),
                changes::at.eq(self.now.as_micros()),
            ))
            .execute(self.db)?;
        self.touched.push(subject);
        Ok(())
    }

    /// Rows are numbered by hand and not by a sequence of the database, which may fall back after a crash. Changes run one by
    /// one, so nobody else takes the number.
    fn next_position(&mut self) -> Result<i64, Error> {
        let last = match self.last_position {
            Some(last) => last,
            None => changes::table.select(max(changes::position)).first::<Option<i64>>(self.db)?.unwrap_or_default(),
        };
        let next = last.saturating_add(1);
        self.last_position = Some(next);
        Ok(next)
    }
}

impl Upkeep<'_> {
    /// The database's time at the beginning of the upkeep.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

impl Snapshot<'_> {
    /// The state that this snapshot sees.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        self.stamp
    }
}

/// What those that keep something new can do: it is made in a change if it alters what anyone may do, else in a redemption.
pub trait Writes: Reads {
    /// The database's time at the beginning.
    fn now(&self) -> Timestamp;

    /// A new id of this time.
    fn new_id<I: Id>(&mut self) -> I;
}

impl Writes for Change<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn new_id<I: Id>(&mut self) -> I {
        I::generate(self.now, &mut self.random)
    }
}

impl Writes for Redemption<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn new_id<I: Id>(&mut self) -> I {
        I::generate(self.now, &mut self.random)
    }
}

/// What all of them can do.
pub trait Reads {
    /// The connection.
    fn db(&mut self) -> &mut Db;
}

impl Reads for Change<'_> {
    fn db(&mut self) -> &mut Db {
        self.db
    }
}

impl Reads for Redemption<'_> {
    fn db(&mut self) -> &mut Db {
        self.db
    }
}

impl Reads for Snapshot<'_> {
    fn db(&mut self) -> &mut Db {
        self.db
    }
}

impl Store {
    /// Runs `body` as one change. Its answer comes after the commit; an error, and a body that touched nothing, leave
    /// everything as it was. On SQLite it may share its commit with others ([`super::group_commit`]), so `body` must not
    /// wait for another change.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Unavailable`] if the database fails.
    pub fn change<T, E: From<Error>>(&self, body: impl FnOnce(&mut Change<'_>) -> Result<T, E>) -> Result<T, E> {
        if self.is_embedded() {
            return self.group.run(self, |db| self.run_change(db, body));
        }
        let (mut connection, ()) = self.writer_after(begin_write)?;
        let db = &mut *connection;
        let (result, touched) = match self.run_change(db, body) {
            Ok((value, touched)) => (Ok(value), touched),
            Err(error) => (Err(error), false),
        };
        if touched { commit(db, result) } else { undo(db, result) }
    }

    /// Runs `body` as one change and takes everything back, whatever it answers: what would come of it.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Unavailable`] if the database fails.
    pub fn rehearse<T, E: From<Error>>(&self, body: impl FnOnce(&mut Change<'_>) -> Result<T, E>) -> Result<T, E> {
        let taken_back = self.change(|change| Err::<Infallible, _>(TakenBack(body(change))));
        match taken_back {
            Ok(never) => match never {},
            Err(TakenBack(answer)) => answer,
        }
    }

    /// Runs `body` as one upkeep.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Unavailable`] if the database fails.
    pub fn upkeep<T>(&self, body: impl FnOnce(&mut Upkeep<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (mut connection, ()) = self.writer_after(begin_write)?;
        let db = &mut *connection;
        let now = wait_for_changes(db).and_then(|()| Ok(self.clock.now(db)?));
        let result = now.and_then(|now| body(&mut Upkeep { db, now }));
        if result.is_ok() { commit(db, result) } else { undo(db, result) }
    }

    /// Runs `body` as one redemption. Its answer comes after the commit; an error leaves everything as it was. On SQLite it
    /// may share its commit with others, as changes do.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Unavailable`] if the database fails.
    pub fn redeem<T, E: From<Error>>(&self, body: impl FnOnce(&mut Redemption<'_>) -> Result<T, E>) -> Result<T, E> {
        if self.is_embedded() {
            return self.group.run(self, |db| Ok((self.run_redemption(db, body)?, true)));
        }
        let (mut connection, ()) = self.writer_after(begin_write)?;
        let db = &mut *connection;
        let result = self.run_redemption(db, body);
        if result.is_ok() { commit(db, result) } else { undo(db, result) }
    }

    fn run_redemption<T, E: From<Error>>(
        &self,
        db: &mut Db,
        body: impl FnOnce(&mut Redemption<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.clock.now(db).map_err(Error::from)?;
        let random = random::seeded().map_err(|_| Error::NoRandomness)?;
        body(&mut Redemption { db, now, random })
    }

    fn run_change<T, E: From<Error>>(
        &self,
        db: &mut Db,
        body: impl FnOnce(&mut Change<'_>) -> Result<T, E>,
    ) -> Result<(T, bool), E> {
        let (seq, high_water) = update(change_head::table)
            .set(change_head::seq.eq(change_head::seq + 1))
            .returning((change_head::seq, change_head::clock_high_water))
            .get_result::<(i64, i64)>(db)
            .map_err(Error::from)?;
        let now = self.clock.now(db).map_err(Error::from)?.max(Timestamp::from_micros(high_water));
        let mut random = random::seeded().map_err(|_| Error::NoRandomness)?;
        let mut mark = Mark([0; 16]);
        random.fill_bytes(&mut mark.0);
        let mut change = Change { db, seq: Seq::new(seq), mark, now, random, touched: Vec::new(), last_position: None };
        let value = body(&mut change)?;
        Ok((value, !change.touched.is_empty()))
    }

    /// Runs `body` on one state of the database.
    ///
    /// # Errors
    /// Those of `body`; [`Error::Unavailable`] if the database fails.
    pub fn snapshot<T, E: From<Error>>(&self, body: impl FnOnce(&mut Snapshot<'_>) -> Result<T, E>) -> Result<T, E> {
        let (mut connection, ()) = self.reader_after(begin_read)?;
        let db = &mut *connection;
        let result = match read_stamp(db) {
            Ok(stamp) => body(&mut Snapshot { db, stamp }),
            Err(error) => Err(error.into()),
        };
        undo(db, result)
    }
}

/// What a change answered that must not happen: an error to the transaction around it.
struct TakenBack<T, E>(Result<T, E>);

impl<T, E: From<Error>> From<Error> for TakenBack<T, E> {
    fn from(error: Error) -> Self {
        Self(Err(error.into()))
    }
}

pub(super) fn begin_write(db: &mut Db) -> Result<(), Error> {
    match db {
        Db::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        Db::Postgres(postgres) => {
            AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN ISOLATION LEVEL READ COMMITTED")?;
        }
    }
    Ok(())
}

/// On PostgreSQL a change holds the row of the head from its first statement on. An upkeep that locked other rows before it
/// came to that one could wait for a change that waits for it, so it begins there too. On SQLite one alone writes anyway.
fn wait_for_changes(db: &mut Db) -> Result<(), Error> {
    if let Db::Postgres(postgres) = db {
        change_head::table.select(change_head::id).for_no_key_update().first::<i64>(postgres)?;
    }
    Ok(())
}

fn begin_read(db: &mut Db) -> Result<(), Error> {
    match db {
        Db::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")?,
        Db::Postgres(postgres) => {
            AnsiTransactionManager::begin_transaction_sql(postgres, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    Ok(())
}

/// PostgreSQL answers the COMMIT of a transaction in which a statement failed with a roll-back and no error, so a body that
/// overlooked the failure would be confirmed and lost. Any statement before it brings the failure up.
pub(super) fn commit<T, E: From<Error>>(db: &mut Db, result: Result<T, E>) -> Result<T, E> {
    if let Db::Postgres(postgres) = db
        && let Err(error) = postgres.batch_execute("SELECT 1")
    {
        return undo(db, Err(Error::from(error).into()));
    }
    Transactions::commit_transaction(db).map_err(Error::from)?;
    result
}

/// A failed roll-back leaves the connection broken, and the pool drops it.
pub(super) fn undo<T, E>(db: &mut Db, result: Result<T, E>) -> Result<T, E> {
    if let Err(error) = Transactions::rollback_transaction(db) {
        tracing::warn!(%error, "a transaction could not be rolled back; its connection is dropped");
    }
    result
}

fn read_stamp(db: &mut Db) -> Result<Stamp, Error> {
    let (seq, mark) = changes::table
        .select((changes::seq, changes::mark))
        .order(changes::position.desc())
        .first::<(i64, Vec<u8>)>(db)?;
    Ok(Stamp { seq: Seq::new(seq), mark: super::row::mark(mark)? })
}
