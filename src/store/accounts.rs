//! Users as logging in sees them: found by what people type, with what is kept of their password.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, update};

use super::{
    error::Error,
    schema::{user_emails, users},
    search::lower,
    transaction::{Reads, Redemption},
    types::DbId,
};
use crate::domain::{email::Email, ids::UserId};

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
