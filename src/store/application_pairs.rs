//! Secrets of applications. Two slots for each: the database itself refuses a third pair.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{error::Error, key_pairs::slot_number, schema::application_pairs, transaction::Change, types::DbId};
use crate::domain::{
    application::Application, change::Subject, ids::ApplicationId, key_pair::KeyPair, time::Timestamp,
};

/// Adds a pair to an application.
///
/// # Errors
/// [`Error::Duplicate`] if the slot is taken.
pub fn insert(change: &mut Change<'_>, id: ApplicationId, pair: &KeyPair) -> Result<(), Error> {
    use application_pairs as t;
    insert_into(t::table)
        .values((
            t::application_id.eq(DbId::from(id)),
            t::id.eq(DbId::from(pair.id)),
            t::slot.eq(slot_number(pair.slot)),
            t::public_id.eq(pair.public_id.as_str()),
            t::pepper_id.eq(DbId::from(pair.secret.pepper)),
            t::secret_hash.eq(pair.secret.hash.as_slice()),
            t::hint.eq(&pair.hint),
            t::created_at.eq(pair.created_at.as_micros()),
            t::expires_at.eq(pair.expires_at.map(Timestamp::as_micros)),
        ))
        .execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::Application(id))
}

/// Destroys one pair of an application; its tokens die with it, those of the other pair live on.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_one(change: &mut Change<'_>, id: ApplicationId, pair: &KeyPair) -> Result<(), Error> {
    use application_pairs as t;
    let of_application = t::table.filter(t::application_id.eq(DbId::from(id)));
    delete(of_application.filter(t::id.eq(DbId::from(pair.id)))).execute(change.db)?;
    change.touch(Subject::Pair(pair.public_id))?;
    change.touch(Subject::Application(id))
}

/// Destroys all pairs of an application.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn delete_all(change: &mut Change<'_>, application: &Application) -> Result<(), Error> {
    use application_pairs as t;
    delete(t::table.filter(t::application_id.eq(DbId::from(application.id)))).execute(change.db)?;
    for pair in &application.pairs {
        change.touch(Subject::Pair(pair.public_id))?;
    }
    change.touch(Subject::Application(application.id))
}
