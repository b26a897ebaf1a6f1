//! Sessions. Beginning and using one alters nobody's rights and takes no sequence number; ending one is a change.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, insert_into,
    update,
};

use super::{
    db::{Db, held},
    error::Error,
    row::{self, SecretColumns},
    schema::sessions,
    transaction::{Change, Reads, Redemption},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{SessionId, UserId},
    key_pair::{KeptSecret, PublicId},
    sequence::Seq,
    session::Session,
    time::Timestamp,
};

/// A session and what is kept of its cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// The session.
    pub session: Session,
    /// What is kept of its cookie.
    pub secret: KeptSecret,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    secret: SecretColumns,
    user_id: DbId,
    made_at_seq: i64,
    created_at: i64,
    authenticated_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    address: Option<String>,
    device: String,
}

const COLUMNS: Columns = (
    sessions::id,
    (sessions::public_id, sessions::pepper_id, sessions::secret_hash),
    sessions::user_id,
    sessions::made_at_seq,
    sessions::created_at,
    sessions::authenticated_at,
    sessions::last_seen_at,
    sessions::expires_at,
    sessions::address,
    sessions::device,
);

type Columns = (
    sessions::id,
    (sessions::public_id, sessions::pepper_id, sessions::secret_hash),
    sessions::user_id,
    sessions::made_at_seq,
    sessions::created_at,
    sessions::authenticated_at,
    sessions::last_seen_at,
    sessions::expires_at,
    sessions::address,
    sessions::device,
);

impl Row {
    fn read(self) -> Result<KeptSession, Error> {
        Ok(KeptSession {
            session: Session {
                id: self.id.to(),
                user: self.user_id.to(),
                made_at: Seq::new(self.made_at_seq),
                created_at: Timestamp::from_micros(self.created_at),
                authenticated_at: Timestamp::from_micros(self.authenticated_at),
                last_seen_at: Timestamp::from_micros(self.last_seen_at),
                expires_at: Timestamp::from_micros(self.expires_at),
                address: self.address.and_then(|address| address.parse().ok()),
                device: self.device,
            },
            secret: row::secret("sessions", self.secret)?,
        })
    }
}

/// The session whose cookie has this public half.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_public_id(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KeptSession>, Error> {
    let found =
        sessions::table.filter(sessions::public_id.eq(public_id.as_str())).select(COLUMNS).first::<Row>(tx.db());
    found.optional()?.map(Row::read).transpose()
}

/// The session with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: SessionId) -> Result<Option<KeptSession>, Error> {
    let found = sessions::table.find(DbId::from(id)).select(COLUMNS).first::<Row>(tx.db());
    found.optional()?.map(Row::read).transpose()
}

/// The sessions of a user, oldest first, also those that are over.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_user(tx: &mut impl Reads, user: UserId) -> Result<Vec<Session>, Error> {
    let rows = sessions::table
        .filter(sessions::user_id.eq(DbId::from(user)))
        .order(sessions::id)
        .select(COLUMNS)
        .load::<Row>(tx.db())?;
    rows.into_iter().map(|row| Ok(row.read()?.session)).collect()
}

/// Begins a session.
///
/// # Errors
/// [`Error::Refused`] if the user is gone.
pub fn begin(redemption: &mut Redemption<'_>, kept: &KeptSession) -> Result<(), Error> {
    insert(redemption.db, kept)
}

/// Begins a session in the change that lets it begin.
///
/// # Errors
/// [`Error::Refused`] if the user is gone.
pub fn begin_in(change: &mut Change<'_>, kept: &KeptSession) -> Result<(), Error> {
    insert(change.db, kept)
}

fn insert(db: &mut Db, kept: &KeptSession) -> Result<(), Error> {
    let KeptSession { session, secret: KeptSecret { public_id, hash } } = kept;
    insert_into(sessions::table)
        .values((
            sessions::id.eq(DbId::from(session.id)),
            sessions::public_id.eq(public_id.as_str()),
            sessions::pepper_id.eq(DbId::from(hash.pepper)),
            sessions::secret_hash.eq(hash.hash.as_slice()),
            sessions::user_id.eq(DbId::from(session.user)),
            sessions::made_at_seq.eq(session.made_at.get()),
            sessions::created_at.eq(session.created_at.as_micros()),
            sessions::authenticated_at.eq(session.authenticated_at.as_micros()),
            sessions::last_seen_at.eq(session.last_seen_at.as_micros()),
            sessions::expires_at.eq(session.expires_at.as_micros()),
            sessions::address.eq(session.address.map(|address| address.to_string())),
            sessions::device.eq(&session.device),
        ))
        .execute(db)?;
    Ok(())
}

/// Gives a session another cookie and a new beginning, after its user has proved again who he is. `before` is the cookie
/// that it had; if it has another one by now, nothing happens and the answer is false.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn renew(redemption: &mut Redemption<'_>, before: PublicId, kept: &KeptSession) -> Result<bool, Error> {
    let KeptSession { session, secret: KeptSecret { public_id, hash } } = kept;
    let same = sessions::table.find(DbId::from(session.id)).filter(sessions::public_id.eq(before.as_str()));
    let renewed = update(same)
        .set((
            sessions::public_id.eq(public_id.as_str()),
            sessions::pepper_id.eq(DbId::from(hash.pepper)),
            sessions::secret_hash.eq(hash.hash.as_slice()),
            sessions::made_at_seq.eq(session.made_at.get()),
            sessions::authenticated_at.eq(session.authenticated_at.as_micros()),
            sessions::last_seen_at.eq(session.last_seen_at.as_micros()),
            sessions::expires_at.eq(session.expires_at.as_micros()),
            sessions::address.eq(session.address.map(|address| address.to_string())),
            sessions::device.eq(&session.device),
        ))
        .execute(redemption.db)?;
    Ok(renewed > 0)
}

/// Keeps a session from being ended until this redemption is over; false if it has ended. Whoever makes something that is to
/// end with the session cannot make it behind the back of somebody who ends it.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn hold(redemption: &mut Redemption<'_>, id: SessionId) -> Result<bool, Error> {
    let row = sessions::table.find(DbId::from(id)).select(sessions::id);
    Ok(held!(redemption.db, row))
}

/// Notes that a session was used. It moves forward only, whichever node writes last.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_use(redemption: &mut Redemption<'_>, session: &Session) -> Result<(), Error> {
    let seen_at = session.last_seen_at.as_micros();
    update(sessions::table.find(DbId::from(session.id)).filter(sessions::last_seen_at.lt(seen_at)))
        .set((
            sessions::last_seen_at.eq(seen_at),
            sessions::address.eq(session.address.map(|address| address.to_string())),
        ))
        .execute(redemption.db)?;
    Ok(())
}

/// Ends a session. Answers whether it was there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, session: &Session) -> Result<bool, Error> {
    let removed = delete(sessions::table.find(DbId::from(session.id))).execute(change.db)?;
    change.touch(Subject::User(session.user))?;
    Ok(removed > 0)
}

/// Sessions that ended by themselves: those that expired before `now`, and those unused since `unused_since`; at most so many.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn over(tx: &mut impl Reads, now: Timestamp, unused_since: Timestamp, most: i64) -> Result<Vec<Session>, Error> {
    let over = sessions::expires_at.le(now.as_micros()).or(sessions::last_seen_at.le(unused_since.as_micros()));
    let rows = sessions::table.filter(over).order(sessions::id).limit(most).select(COLUMNS).load::<Row>(tx.db())?;
    rows.into_iter().map(|row| Ok(row.read()?.session)).collect()
}
