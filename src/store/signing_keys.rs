//! Signing keys and peppers, sealed.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{peppers, signing_keys},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::{PepperId, SigningKeyId},
    signing_key::{SigningKeyFacts, SigningKeyState},
    text_enum::TextEnum,
    time::Timestamp,
};

/// A signing key as it lies in the database.
#[derive(Debug, Clone)]
pub struct SealedSigningKey {
    /// Everything but the private half.
    pub facts: SigningKeyFacts,
    /// The private half, sealed under the master key.
    pub sealed: Vec<u8>,
}

/// A pepper as it lies in the database.
#[derive(Debug, Clone)]
pub struct SealedPepper {
    /// Identifier.
    pub id: PepperId,
    /// The key, sealed under the master key.
    pub sealed: Vec<u8>,
}

type Row = (DbId, String, String, Vec<u8>, i64, i64);

/// All signing keys, oldest first, also those out of use.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<SealedSigningKey>, Error> {
    let rows = signing_keys::table.order((signing_keys::created_at, signing_keys::id)).load::<Row>(tx.db())?;
    rows.into_iter()
        .map(|(id, algorithm, state, sealed, created_at, state_since)| {
            let facts = SigningKeyFacts {
                id: id.to(),
                algorithm: row::word("signing_keys", "algorithm", &algorithm)?,
                state: row::word("signing_keys", "state", &state)?,
                created_at: Timestamp::from_micros(created_at),
                state_since: Timestamp::from_micros(state_since),
            };
            Ok(SealedSigningKey { facts, sealed })
        })
        .collect()
}

/// All peppers, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn peppers(tx: &mut impl Reads) -> Result<Vec<SealedPepper>, Error> {
    let newest_first = peppers::table.order((peppers::created_at.desc(), peppers::id.desc()));
    let rows = newest_first.select((peppers::id, peppers::sealed)).load::<(DbId, Vec<u8>)>(tx.db())?;
    Ok(rows.into_iter().map(|(id, sealed)| SealedPepper { id: id.to(), sealed }).collect())
}

/// Adds a signing key.
///
/// # Errors
/// [`Error::Duplicate`] if it is to be active and its algorithm has an active key.
pub fn insert(change: &mut Change<'_>, key: &SealedSigningKey) -> Result<(), Error> {
    insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(DbId::from(key.facts.id)),
            signing_keys::algorithm.eq(key.facts.algorithm.as_str()),
            signing_keys::state.eq(key.facts.state.as_str()),
            signing_keys::sealed.eq(key.sealed.as_slice()),
            signing_keys::created_at.eq(key.facts.created_at.as_micros()),
            signing_keys::state_since.eq(key.facts.state_since.as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::KeyRing)
}

/// Moves a signing key from one state to the next. Answers whether it stood in `from`.
///
/// # Errors
/// [`Error::Duplicate`] if it is to be active and its algorithm has an active key.
pub fn set_state(
    change: &mut Change<'_>,
    id: SigningKeyId,
    from: SigningKeyState,
    to: SigningKeyState,
) -> Result<bool, Error> {
    let in_from = signing_keys::table.find(DbId::from(id)).filter(signing_keys::state.eq(from.as_str()));
    let rows = update(in_from)
        .set((signing_keys::state.eq(to.as_str()), signing_keys::state_since.eq(change.now().as_micros())))
        .execute(change.db)?;
    change.touch(Subject::KeyRing)?;
    Ok(rows == 1)
}

/// Adds a pepper.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn insert_pepper(change: &mut Change<'_>, pepper: &SealedPepper) -> Result<(), Error> {
    insert_into(peppers::table)
        .values((
            peppers::id.eq(DbId::from(pepper.id)),
            peppers::sealed.eq(pepper.sealed.as_slice()),
            peppers::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::KeyRing)
}
