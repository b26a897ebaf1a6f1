//! Writes down when pairs were last used, so that requests need not (KM-13).

use crate::{domain::key_pair::PairUse, oauth::last_use::LastUses, store::Error};

/// One round. What cannot be written is kept for the next.
///
/// # Errors
/// Those of `record`.
pub fn run_once(uses: &LastUses, record: impl FnOnce(&[PairUse]) -> Result<(), Error>) -> Result<usize, Error> {
    let taken = uses.take();
    if taken.is_empty() {
        return Ok(0);
    }
    if let Err(error) = record(&taken) {
        uses.put_back(taken);
        return Err(error);
    }
    Ok(taken.len())
}
