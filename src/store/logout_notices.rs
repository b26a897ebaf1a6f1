//! Notices to applications that a session ended. Whoever ends a session writes them ([`super::session_ends`]); here they are
//! taken, one at a time, and forgotten.

use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, delete, update};

use super::{
    batches::delete_some,
    error::Error,
    schema::logout_notices,
    transaction::{Reads, Redemption, Upkeep},
    types::DbId,
};
use crate::domain::{
    ids::{ApplicationId, LogoutNoticeId, SessionId, UserId},
    time::Timestamp,
};

/// A notice that an application has not taken note of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Identifier: `jti` of its tokens, however often it is sent.
    pub id: LogoutNoticeId,
    /// Who is to hear.
    pub application: ApplicationId,
    /// Who was logged in.
    pub user: UserId,
    /// What ended.
    pub session: SessionId,
    /// How often it was sent.
    pub attempts: i64,
    /// When it is given up.
    pub expires_at: Timestamp,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    application: DbId,
    user: DbId,
    session: DbId,
    attempts: i64,
    _due_at: i64,
    expires_at: i64,
}

/// Notices to be sent, the longest due first, without those to `except`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn due(
    tx: &mut impl Reads,
    now: Timestamp,
    except: &[ApplicationId],
    most: i64,
) -> Result<Vec<LogoutNotice>, Error> {
    use logout_notices as t;
    let except: Vec<DbId> = except.iter().copied().map(DbId::from).collect();
    let rows = t::table
        .filter(t::due_at.le(now.as_micros()))
        .filter(t::expires_at.gt(now.as_micros()))
        .filter(t::application_id.ne_all(except))
        .order((t::due_at, t::id))
        .limit(most)
        .load::<Row>(tx.db())?;
    let read = |row: Row| LogoutNotice {
        id: row.id.to(),
        application: row.application.to(),
        user: row.user.to(),
        session: row.session.to(),
        attempts: row.attempts,
        expires_at: Timestamp::from_micros(row.expires_at),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Takes the next attempt to send a notice; if it is not [`forgotten`](forget) by then, it is due again at `due_again`. One
/// node alone hears that it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn claim(redemption: &mut Redemption<'_>, notice: &LogoutNotice, due_again: Timestamp) -> Result<bool, Error> {
    use logout_notices as t;
    let unclaimed = t::table.find(DbId::from(notice.id)).filter(t::attempts.eq(notice.attempts));
    let taken = (t::attempts.eq(notice.attempts.saturating_add(1)), t::due_at.eq(due_again.as_micros()));
    Ok(update(unclaimed).set(taken).execute(redemption.db)? == 1)
}

/// Forgets a notice that the application took note of, or does not want any more.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn forget(redemption: &mut Redemption<'_>, id: LogoutNoticeId) -> Result<(), Error> {
    delete(logout_notices::table.find(DbId::from(id))).execute(redemption.db)?;
    Ok(())
}

/// Forgets notices that are given up, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_expired(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let now = upkeep.now().as_micros();
    delete_some!(upkeep, logout_notices.id: DbId where logout_notices::expires_at.le(now), at most most)
}
