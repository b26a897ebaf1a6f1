//! Either transaction, for what only reads: one function then shows a thing, alone and at the end of the change that
//! altered it.

use super::{db::Db, transaction::Reads};

/// The rows that a transaction sees.
pub struct Rows<'a> {
    db: &'a mut Db,
}

impl<'a> Rows<'a> {
    /// Those that this transaction sees.
    pub fn of(tx: &'a mut impl Reads) -> Self {
        Self { db: tx.db() }
    }
}

impl Reads for Rows<'_> {
    fn db(&mut self) -> &mut Db {
        self.db
    }
}
