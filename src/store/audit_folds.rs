//! Rows of the audit log that are folded: their count grows until the minute is over and they are sealed.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, update};

use super::{audit, connection::Store, db::Db, error::Error, schema::audit_events, types::DbId};
use crate::domain::{
    audit_fold::{Fold, Tally},
    ids::AuditEventId,
};

/// A fold as its row is to hold it.
#[derive(Debug, Clone, Copy)]
pub struct FoldRow {
    /// The row. Only the process that made the id writes it.
    pub id: AuditEventId,
    /// Whether it may be there already.
    pub is_known: bool,
    /// What the row says.
    pub fold: Fold,
    /// How often that happened, altogether.
    pub tally: Tally,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It holds the whole count.
    Whole,
    /// It was sealed with this count before, and never changes again.
    Sealed(u64),
}

/// Writes rows, new ones and those that have grown. A row holds the whole count, so writing it twice counts nothing twice:
/// whoever does not know whether it was written writes it again.
///
/// On PostgreSQL no lock is held that others could wait for: it is written so often that a node which freezes is likely to
/// freeze here. The rows of a transaction are new and known to nobody, and each row that has grown is a statement of its own.
///
/// # Errors
/// [`Error::Unavailable`]; some of the rows may be written then.
pub fn write(store: &Store, rows: &[FoldRow]) -> Result<Vec<Kept>, Error> {
    if store.is_embedded() {
        return store.redeem(|redemption| rows.iter().map(|row| write_one(redemption.db, row)).collect());
    }
    let inserted = store.redeem(|redemption| {
        rows.iter().map(|row| if row.is_known { Ok(false) } else { insert(redemption.db, row) }).collect()
    });
    let inserted: Vec<bool> = inserted?;
    let mut writer = store.writer()?;
    let written = rows.iter().zip(inserted);
    written.map(|(row, is_done)| if is_done { Ok(Kept::Whole) } else { grow(&mut writer, row) }).collect()
}

fn write_one(db: &mut Db, row: &FoldRow) -> Result<Kept, Error> {
    if !row.is_known && insert(db, row)? { Ok(Kept::Whole) } else { grow(db, row) }
}

/// Whether it was not there.
fn insert(db: &mut Db, row: &FoldRow) -> Result<bool, Error> {
    audit::write_folded(db, row.id, &row.fold, &row.tally)
}

fn grow(db: &mut Db, row: &FoldRow) -> Result<Kept, Error> {
    use audit_events as t;
    let (id, tally) = (DbId::from(row.id), row.tally);
    let grown = update(t::table.find(id).filter(t::position.is_null()))
        .set((t::count.eq(in_column(tally.count)), t::last_at.eq(tally.last_at.as_micros())))
        .execute(db)?;
    if grown > 0 {
        return Ok(Kept::Whole);
    }
    let sealed = t::table.find(id).select(t::count).first::<i64>(db).optional()?;
    Ok(Kept::Sealed(sealed.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()))
}

/// A count as the column takes it.
pub(super) fn in_column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
