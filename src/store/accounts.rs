//! Users as logging in sees them: found by what people type, with what is kept of their password, and when they last did.

use std::{collections::HashMap, time::Duration};

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, update};

use super::{
    error::Error,
    row,
    schema::{user_emails, users},
    search::lower,
    transaction::{Reads, Redemption, Writes},
    types::DbId,
};
use crate::domain::{email::Email, ids::UserId, login_history::LoginHistory, time::Timestamp};

/// How exactly logins are noted: whoever logs in again within this time waits for no row.
const MINUTE: Duration = Duration::from_mins(1);

/// The users who have this address, whatever its case; at most two, since one that several share names nobody.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn with_email(tx: &mut impl Reads, email: &Email) -> Result<Vec<UserId>, Error> {
    let rows = user_emails::table
        .filter(lower(user_emails::email).eq(email.as_str().to_lowercase()))
        .order(user_emails::user_id)
        .select(user_emails::user_id)
        .distinct()
        .limit(2)
        .load::<DbId>(tx.db())?;
    Ok(rows.into_iter().map(DbId::to).collect())
}

/// The addresses of a user, in order. One that is none is left out: it must not keep letters from the others.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn addresses(tx: &mut impl Reads, id: UserId) -> Result<Vec<Email>, Error> {
    let rows = user_emails::table.filter(user_emails::user_id.eq(DbId::from(id))).order(user_emails::email);
    let texts = rows.select(user_emails::email).load::<String>(tx.db())?;
    Ok(texts.iter().filter_map(|text| Email::parse(text).ok()).collect())
}

/// What is kept of the user's password, if there is one: an Argon2id hash in PHC form.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn password_hash(tx: &mut impl Reads, id: UserId) -> Result<Option<String>, Error> {
    let found = users::table.find(DbId::from(id)).select(users::password_hash).first::<Option<String>>(tx.db());
    Ok(found.optional()?.flatten())
}

/// Keeps the same password in another form, unless it is another password by now. Nothing that anybody may do changes.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn rehash(redemption: &mut Redemption<'_>, id: UserId, before: &str, after: &str) -> Result<(), Error> {
    let same = users::table.find(DbId::from(id)).filter(users::password_hash.eq(before));
    update(same).set(users::password_hash.eq(after)).execute(redemption.db)?;
    Ok(())
}

/// Notes that a user logs in now. Whoever writes something else of the user's login does this first: a change that ends the
/// user's sessions takes the rows in the same order.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_login(tx: &mut impl Writes, id: UserId) -> Result<(), Error> {
    let now = tx.now();
    let earlier = users::last_logged_in_at.is_null().or(users::last_logged_in_at.le(now.minus(MINUTE).as_micros()));
    update(users::table.find(DbId::from(id)).filter(earlier))
        .set(users::last_logged_in_at.eq(Some(now.as_micros())))
        .execute(tx.db())?;
    Ok(())
}

/// What is known of the logins of these users.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn login_histories(tx: &mut impl Reads, ids: &[UserId]) -> Result<HashMap<UserId, LoginHistory>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = users::table
        .filter(users::id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((users::id, users::account_type, users::created_at, users::last_logged_in_at))
        .load::<(DbId, String, i64, Option<i64>)>(tx.db())?;
    let read = |(id, account_type, created_at, last): (DbId, String, i64, Option<i64>)| {
        let history = LoginHistory {
            account_type: row::word("users", "account_type", &account_type)?,
            created_at: Timestamp::from_micros(created_at),
            last_logged_in_at: last.map(Timestamp::from_micros),
        };
        Ok((id.to(), history))
    };
    rows.into_iter().map(read).collect()
}
