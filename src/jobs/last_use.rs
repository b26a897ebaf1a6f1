//! Writes down when pairs were last used, so that requests need not (KM-13).

use crate::{domain::key_pair::PairUse, oauth::last_use::LastUses, store::Error};

/// Pairs that are written in one transaction: changes wait no longer than that takes.
const AT_ONCE: usize = 500;

/// One round: how many pairs were written. What cannot be written is kept for the next round.
///
/// # Errors
/// Those of `record`.
pub fn run_once(uses: &LastUses, mut record: impl FnMut(&[PairUse]) -> Result<(), Error>) -> Result<usize, Error> {
    let taken = uses.take();
    let mut written = 0;
    for part in taken.chunks(AT_ONCE) {
        if let Err(error) = record(part) {
            uses.put_back(taken.iter().skip(written).copied());
            return Err(error);
        }
        written += part.len();
    }
    Ok(written)
}
