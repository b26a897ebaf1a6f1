//! Authorization codes: each is taken once, by a guarded update.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, insert_into, update};

use super::{
    error::Error,
    row::{self, SecretColumns},
    schema::authorization_codes,
    transaction::{Reads, Redemption, Writes},
    types::DbId,
};
use crate::domain::{
    ids::{AuthorizationCodeId, FamilyId},
    key_pair::{KeptSecret, PublicId},
    pkce::CodeChallenge,
    time::Timestamp,
};

/// A code as it is kept. Whether it was taken is only known by taking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCode {
    /// Identifier.
    pub id: AuthorizationCodeId,
    /// What is kept of the code.
    pub secret: KeptSecret,
    /// The authorization that it stands for.
    pub family: FamilyId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the request named that place, so that the exchange has to name it too.
    pub redirect_uri_sent: bool,
    /// What the verifier has to fit.
    pub challenge: CodeChallenge,
    /// What the id token repeats.
    pub nonce: Option<String>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

#[derive(Queryable)]
struct Row {
    id: DbId,
    secret: SecretColumns,
    family: DbId,
    redirect_uri: String,
    redirect_uri_sent: bool,
    challenge: String,
    nonce: Option<String>,
    expires_at: i64,
}

/// The code with this public part.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KeptCode>, Error> {
    use authorization_codes as t;
    let columns = (
        t::id,
        (t::public_id, t::pepper_id, t::secret_hash),
        t::family_id,
        t::redirect_uri,
        t::redirect_uri_sent,
        t::code_challenge,
        t::nonce,
        t::expires_at,
    );
    let found =
        t::table.filter(t::public_id.eq(public_id.as_str())).select(columns).first::<Row>(tx.db()).optional()?;
    let Some(row) = found else { return Ok(None) };
    let challenge = CodeChallenge::kept(&row.challenge);
    Ok(Some(KeptCode {
        id: row.id.to(),
        secret: row::secret("authorization_codes", row.secret)?,
        family: row.family.to(),
        redirect_uri: row.redirect_uri,
        redirect_uri_sent: row.redirect_uri_sent,
        challenge: challenge.ok_or_else(|| Error::corrupt("authorization_codes", "code_challenge", row.challenge))?,
        nonce: row.nonce,
        expires_at: Timestamp::from_micros(row.expires_at),
    }))
}

/// Keeps a new code.
///
/// # Errors
/// [`Error::Refused`] if its family is gone.
pub fn insert(tx: &mut impl Writes, code: &KeptCode) -> Result<(), Error> {
    use authorization_codes as t;
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(code.id)),
            t::public_id.eq(code.secret.public_id.as_str()),
            t::pepper_id.eq(DbId::from(code.secret.hash.pepper)),
            t::secret_hash.eq(code.secret.hash.hash.as_slice()),
            t::family_id.eq(DbId::from(code.family)),
            t::redirect_uri.eq(&code.redirect_uri),
            t::redirect_uri_sent.eq(code.redirect_uri_sent),
            t::code_challenge.eq(code.challenge.as_str()),
            t::nonce.eq(&code.nonce),
            t::expires_at.eq(code.expires_at.as_micros()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// Whether somebody took the code.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn was_taken(redemption: &mut Redemption<'_>, id: AuthorizationCodeId) -> Result<bool, Error> {
    use authorization_codes as t;
    let used_at = t::table.find(DbId::from(id)).select(t::used_at).first::<Option<i64>>(redemption.db).optional()?;
    Ok(used_at.flatten().is_some())
}

/// Takes the code. One caller alone hears that it did, on however many nodes.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(redemption: &mut Redemption<'_>, id: AuthorizationCodeId) -> Result<bool, Error> {
    use authorization_codes as t;
    let now = redemption.now().as_micros();
    let untaken = t::table.find(DbId::from(id)).filter(t::used_at.is_null());
    Ok(update(untaken).set(t::used_at.eq(now)).execute(redemption.db)? == 1)
}
