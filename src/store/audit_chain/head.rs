//! The head of the chain: how far events are sealed, authenticated with a key that the database holds sealed.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, dsl::exists, insert_into, select, update,
};

use super::error::ChainError;
use crate::{
    crypto::{audit_chain::AuditKey, sealed::MasterKey},
    domain::{
        audit_chain::{ChainHead, Checkpoint, Seal},
        time::Timestamp,
    },
    store::{
        db::{Db, on_backend},
        schema::{audit_events, audit_head, audit_keys},
        transaction::{Reads, Redemption, Writes as _},
        types::DbId,
    },
};

/// The one row of its table.
const ONE: i64 = 1;

type Row = (DbId, i64, Vec<u8>, i64, Vec<u8>, i64, Vec<u8>);

/// The head as it stands in the database, with what is needed to tell whether it is genuine.
#[derive(Debug, Clone)]
pub struct StoredHead {
    /// What it says.
    pub head: ChainHead,
    /// The code that came with it.
    pub code: Vec<u8>,
    /// Its key, sealed under the master key; none if the key is gone.
    pub sealed_key: Option<Vec<u8>>,
}

/// The head and the key that it was authenticated with. Nobody else moves it until the transaction is over.
pub(super) struct HeldHead {
    pub(super) head: ChainHead,
    key: AuditKey,
}

/// The head, if the chain has begun.
///
/// # Errors
/// [`ChainError::Store`]; [`ChainError::HeadForged`] if it cannot be read.
pub fn find(tx: &mut impl Reads) -> Result<Option<StoredHead>, ChainError> {
    let row = on_backend!(tx.db(), |connection| row().first::<Row>(connection).optional()?);
    row.map(|row| stored(tx.db(), row)).transpose()
}

/// Takes the head to move it; begins the chain if there is none. None if somebody else moves it at this moment: nobody waits
/// for it, so nobody waits for a node that freezes with it.
pub(super) fn hold(redemption: &mut Redemption<'_>, master: &MasterKey) -> Result<Option<HeldHead>, ChainError> {
    let held = match redemption.db() {
        Db::Sqlite(sqlite) => row().first::<Row>(sqlite).optional()?,
        Db::Postgres(postgres) => row().for_update().skip_locked().first::<Row>(postgres).optional()?,
    };
    match held {
        Some(row) => stored(redemption.db(), row).and_then(|stored| authentic(&stored, master)).map(Some),
        None if find(redemption)?.is_some() => Ok(None),
        None => begin(redemption, master),
    }
}

impl HeldHead {
    /// Writes the head down as it is now.
    pub(super) fn save(&self, redemption: &mut Redemption<'_>) -> Result<(), ChainError> {
        let ChainHead { key: _, last, kept_after, sealed_at } = &self.head;
        update(audit_head::table.find(ONE))
            .set((
                audit_head::position.eq(last.position),
                audit_head::seal.eq(last.seal.as_bytes().as_slice()),
                audit_head::kept_after.eq(kept_after.position),
                audit_head::kept_seal.eq(kept_after.seal.as_bytes().as_slice()),
                audit_head::sealed_at.eq(sealed_at.as_micros()),
                audit_head::mac.eq(self.key.authenticate(&self.head).as_slice()),
            ))
            .execute(redemption.db())?;
        Ok(())
    }
}

#[diesel::dsl::auto_type]
fn row() -> _ {
    audit_head::table.find(1_i64).select((
        audit_head::key_id,
        audit_head::position,
        audit_head::seal,
        audit_head::kept_after,
        audit_head::kept_seal,
        audit_head::sealed_at,
        audit_head::mac,
    ))
}

fn stored(db: &mut Db, row: Row) -> Result<StoredHead, ChainError> {
    let (key, position, seal, kept_after, kept_seal, sealed_at, code) = row;
    let point = |position, seal: &[u8]| {
        Seal::of_column(seal).map(|seal| Checkpoint { position, seal }).ok_or(ChainError::HeadForged)
    };
    let head = ChainHead {
        key: key.to(),
        last: point(position, &seal)?,
        kept_after: point(kept_after, &kept_seal)?,
        sealed_at: Timestamp::from_micros(sealed_at),
    };
    let sealed_key = audit_keys::table.find(key).select(audit_keys::sealed).first(db).optional()?;
    Ok(StoredHead { head, code, sealed_key })
}

/// Moving a head that was forged would make it genuine.
fn authentic(stored: &StoredHead, master: &MasterKey) -> Result<HeldHead, ChainError> {
    let StoredHead { head, code, sealed_key } = stored;
    let key = AuditKey::open(head.key, sealed_key.as_ref().ok_or(ChainError::HeadForged)?, master)?;
    if key.has_authenticated(head, code) { Ok(HeldHead { head: *head, key }) } else { Err(ChainError::HeadForged) }
}

/// Of those who begin at the same time one succeeds, and the others leave nothing.
fn begin(redemption: &mut Redemption<'_>, master: &MasterKey) -> Result<Option<HeldHead>, ChainError> {
    let sealed = audit_events::table.filter(audit_events::position.is_not_null());
    if select(exists(sealed)).get_result::<bool>(redemption.db())? {
        return Err(ChainError::HeadGone);
    }
    put(redemption, master, Checkpoint::BEGINNING, Checkpoint::BEGINNING)
}

/// Puts another head in the place of one that cannot be moved any more. False if somebody else moves it at this moment.
///
/// # Errors
/// [`ChainError`]; the head is as it was then.
pub fn replace(
    redemption: &mut Redemption<'_>,
    master: &MasterKey,
    last: Checkpoint,
    kept_after: Checkpoint,
) -> Result<bool, ChainError> {
    if let Db::Postgres(postgres) = redemption.db() {
        let free = row().for_update().skip_locked().first::<Row>(postgres).optional()?.is_some();
        if !free && find(redemption)?.is_some() {
            return Ok(false);
        }
    }
    delete(audit_head::table).execute(redemption.db())?;
    Ok(put(redemption, master, last, kept_after)?.is_some())
}

/// Writes a head with a new key. None if there is one meanwhile.
fn put(
    redemption: &mut Redemption<'_>,
    master: &MasterKey,
    last: Checkpoint,
    kept_after: Checkpoint,
) -> Result<Option<HeldHead>, ChainError> {
    let (key, sealed_at) = (AuditKey::generate(redemption.new_id())?, redemption.now());
    insert_into(audit_keys::table)
        .values((
            audit_keys::id.eq(DbId::from(key.id())),
            audit_keys::sealed.eq(key.seal(master)?),
            audit_keys::created_at.eq(sealed_at.as_micros()),
        ))
        .execute(redemption.db())?;
    let head = ChainHead { key: key.id(), last, kept_after, sealed_at };
    let row = (
        audit_head::id.eq(ONE),
        audit_head::key_id.eq(DbId::from(head.key)),
        audit_head::position.eq(last.position),
        audit_head::seal.eq(last.seal.as_bytes().as_slice()),
        audit_head::kept_after.eq(kept_after.position),
        audit_head::kept_seal.eq(kept_after.seal.as_bytes().as_slice()),
        audit_head::sealed_at.eq(sealed_at.as_micros()),
        audit_head::mac.eq(key.authenticate(&head).to_vec()),
    );
    let inserted = on_backend!(redemption.db(), |connection| {
        insert_into(audit_head::table).values(row).on_conflict_do_nothing().execute(connection)?
    });
    if inserted == 0 {
        delete(audit_keys::table.find(DbId::from(key.id()))).execute(redemption.db())?;
        return Ok(None);
    }
    Ok(Some(HeldHead { head, key }))
}
