//! Setup links, by which a person sets a first password: at most one for each user. What is kept of a link opens nothing.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    batches::delete_some,
    error::Error,
    row,
    schema::setup_links,
    transaction::{Change, Reads, Upkeep},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{SetupLinkId, UserId},
    key_pair::{PublicId, SecretHash},
    sequence::Seq,
    time::Timestamp,
};

/// What is kept of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSetupLink {
    /// Identifier.
    pub id: SetupLinkId,
    /// Whom it lets in.
    pub user: UserId,
    /// The part of the secret by which it is found.
    pub public_id: PublicId,
    /// Keyed hash of the whole secret.
    pub secret: SecretHash,
    /// The number of the change that made it: what cuts off the user's logins cuts it off too.
    pub made_at: Seq,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Keeps a link in place of the one that the user had.
///
/// # Errors
/// [`Error::Refused`] if there is no such user.
pub fn replace(change: &mut Change<'_>, link: &KeptSetupLink) -> Result<(), Error> {
    use setup_links as t;
    delete(t::table.filter(t::user_id.eq(DbId::from(link.user)))).execute(change.db)?;
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(link.id)),
            t::user_id.eq(DbId::from(link.user)),
            t::public_id.eq(link.public_id.as_str()),
            t::pepper_id.eq(DbId::from(link.secret.pepper)),
            t::secret_hash.eq(link.secret.hash.as_slice()),
            t::made_at_seq.eq(link.made_at.get()),
            t::expires_at.eq(link.expires_at.as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::User(link.user))
}

/// Takes a link away. Answers whether it was there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, link: &KeptSetupLink) -> Result<bool, Error> {
    let removed = delete(setup_links::table.find(DbId::from(link.id))).execute(change.db)?;
    change.touch(Subject::User(link.user))?;
    Ok(removed > 0)
}

/// Forgets links that have expired, at most so many. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_expired(upkeep: &mut Upkeep<'_>, most: i64) -> Result<usize, Error> {
    let now = upkeep.now().as_micros();
    delete_some!(upkeep, setup_links.id: DbId where setup_links::expires_at.le(now), at most most)
}

type Row = (DbId, DbId, String, DbId, Vec<u8>, i64, i64);

/// The link of this user, if there is one.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_user(tx: &mut impl Reads, user: UserId) -> Result<Option<KeptSetupLink>, Error> {
    let found = setup_links::table.filter(setup_links::user_id.eq(DbId::from(user))).first::<Row>(tx.db());
    found.optional()?.map(read).transpose()
}

/// The link whose secret has this public half.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_public_id(tx: &mut impl Reads, public_id: PublicId) -> Result<Option<KeptSetupLink>, Error> {
    let found = setup_links::table.filter(setup_links::public_id.eq(public_id.as_str())).first::<Row>(tx.db());
    found.optional()?.map(read).transpose()
}

fn read((id, user, public_id, pepper, hash, made_at, expires_at): Row) -> Result<KeptSetupLink, Error> {
    let hash = hash.try_into().map_err(|_| Error::corrupt("setup_links", "secret_hash", "not 32 bytes"))?;
    Ok(KeptSetupLink {
        id: id.to(),
        user: user.to(),
        public_id: row::parsed("setup_links", "public_id", &public_id, str::parse)?,
        secret: SecretHash { pepper: pepper.to(), hash },
        made_at: Seq::new(made_at),
        expires_at: Timestamp::from_micros(expires_at),
    })
}
