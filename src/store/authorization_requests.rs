//! Authorization requests that are kept until they are answered (RFC 6749 section 4.1.1, RFC 9126).

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, insert_into, update};

use super::{
    batches::delete_some,
    error::Error,
    row::{self, SecretColumns},
    schema::authorization_requests,
    transaction::{Reads, Redemption, Upkeep, Writes},
    types::DbId,
};
use crate::domain::{
    ids::{ApplicationId, AuthorizationRequestId},
    key_pair::{KeptSecret, PublicId},
    sequence::Seq,
    time::Timestamp,
};

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRequest {
    /// Identifier.
    pub id: AuthorizationRequestId,
    /// What is kept of the text that names it.
    pub secret: KeptSecret,
    /// Which application asks.
    pub application: ApplicationId,
    /// Hash of the browser that it belongs to; none until one comes with it.
    pub browser: Option<[u8; 32]>,
    /// What was asked, as JSON that the protocol reads back.
    pub parameters: String,
    /// The number of the change at which it was made.
    pub made_at: Seq,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    secret: SecretColumns,
    application: DbId,
    browser: Option<Vec<u8>>,
    parameters: String,
    made_at: i64,
    expires_at: i64,
}

/// The request whose name has this public part.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KeptRequest>, Error> {
    use authorization_requests as t;
    let columns = (
        t::id,
        (t::public_id, t::pepper_id, t::secret_hash),
        t::application_id,
        t::browser,
        t::parameters,
        t::made_at_seq,
        t::expires_at,
    );
    let found =
        t::table.filter(t::public_id.eq(public_id.as_str())).select(columns).first::<Row>(tx.db()).optional()?;
    let Some(row) = found else { return Ok(None) };
    let browser = row.browser.map(<[u8; 32]>::try_from).transpose();
    Ok(Some(KeptRequest {
        id: row.id.to(),
        secret: row::secret("authorization_requests", row.secret)?,
        application: row.application.to(),
        browser: browser.map_err(|_| Error::corrupt("authorization_requests", "browser", "not 32 bytes"))?,
        parameters: row.parameters,
        made_at: Seq::new(row.made_at),
        expires_at: Timestamp::from_micros(row.expires_at),
    }))
}

/// Keeps a new request.
///
/// # Errors
/// [`Error::Refused`] if its application is gone.
pub fn insert(redemption: &mut Redemption<'_>, request: &KeptRequest) -> Result<(), Error> {
    use authorization_requests as t;
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(request.id)),
            t::public_id.eq(request.secret.public_id.as_str()),
            t::pepper_id.eq(DbId::from(request.secret.hash.pepper)),
            t::secret_hash.eq(request.secret.hash.hash.as_slice()),
            t::application_id.eq(DbId::from(request.application)),
            t::browser.eq(request.browser.as_ref().map(<[u8; 32]>::as_slice)),
            t::parameters.eq(&request.parameters),
            t::made_at_seq.eq(request.made_at.get()),
            t::expires_at.eq(request.expires_at.as_micros()),
        ))
        .execute(redemption.db)?;
    Ok(())
}

/// Gives a request that no browser has to this one, and the time that a person needs to answer it. One browser alone gets
/// it (A23).
///
/// # Errors
/// [`Error::Unavailable`].
pub fn bind(
    redemption: &mut Redemption<'_>,
    id: AuthorizationRequestId,
    browser: &[u8; 32],
    expires_at: Timestamp,
) -> Result<bool, Error> {
    use authorization_requests as t;
    let unbound = t::table.find(DbId::from(id)).filter(t::browser.is_null());
    let set = (t::browser.eq(browser.as_slice()), t::expires_at.eq(expires_at.as_micros()));
    Ok(update(unbound).set(set).execute(redemption.db)? == 1)
}

/// Forgets a request, because it is answered. One caller alone hears that it did.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(tx: &mut impl Writes, id: AuthorizationRequestId) -> Result<bool, Error> {
    Ok(delete(authorization_requests::table.find(DbId::from(id))).execute(tx.db())? == 1)
}

/// Forgets requests that nobody answered in time, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_expired(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let now = upkeep.now().as_micros();
    delete_some!(upkeep, authorization_requests.id: DbId where authorization_requests::expires_at.le(now), at most most)
}
