//! Writes down when pairs were last used, so that requests need not (KM-13).

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    domain::key_pair::{PairUse, PublicId},
    store::Error,
};

/// Pairs that are written in one transaction: changes wait no longer than that takes.
const AT_ONCE: usize = 500;

/// Pairs whose uses are kept at the same time. Uses of further pairs are dropped until those are written down.
pub const MOST_PAIRS: usize = 100_000;

/// The uses that are not written down yet.
#[derive(Debug, Default)]
pub struct LastUses {
    by_pair: HashMap<PublicId, PairUse>,
    dropped: u64,
}

impl LastUses {
    /// Adds a use to what is known of its pair.
    pub fn add(&mut self, used: PairUse) {
        let is_full = self.by_pair.len() >= MOST_PAIRS;
        match self.by_pair.entry(used.pair) {
            Entry::Occupied(mut known) => {
                let both = known.get().with(used);
                known.insert(both);
            }
            Entry::Vacant(_) if is_full => self.dropped = self.dropped.saturating_add(used.count),
            Entry::Vacant(free) => {
                free.insert(used);
            }
        }
    }

    /// Gives away all of them, one for each pair, and says in the log if something was dropped.
    #[must_use]
    pub fn take(&mut self) -> Vec<PairUse> {
        let Self { by_pair, dropped } = std::mem::take(self);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                kept = by_pair.len(),
                "uses of key pairs were dropped; last use is older than it should be"
            );
        }
        by_pair.into_values().collect()
    }

    /// Writes all of them, and says how many pairs that were. What cannot be written is kept for the next time.
    ///
    /// # Errors
    /// Those of `record`.
    pub fn write(&mut self, mut record: impl FnMut(&[PairUse]) -> Result<(), Error>) -> Result<usize, Error> {
        let taken = self.take();
        let mut written = 0;
        for part in taken.chunks(AT_ONCE) {
            if let Err(error) = record(part) {
                taken.iter().skip(written).for_each(|used| self.add(*used));
                return Err(error);
            }
            written += part.len();
        }
        Ok(written)
    }
}
