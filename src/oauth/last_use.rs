//! When pairs were last used, kept in memory until a job writes it down: requests never wait for that (KM-13).

use std::collections::{HashMap, hash_map::Entry};

use parking_lot::Mutex;
use prometheus_client::{metrics::counter::Counter, registry::Registry};

use crate::domain::key_pair::{PairUse, PublicId};

/// Pairs whose uses are kept at the same time. Uses of further pairs are dropped until those are written down.
pub const MOST_PAIRS: usize = 100_000;

/// The uses since they were last taken.
#[derive(Default)]
pub struct LastUses {
    notes: Mutex<Notes>,
    dropped: Counter,
}

#[derive(Default)]
struct Notes {
    by_pair: HashMap<PublicId, PairUse>,
    dropped: u64,
}

impl LastUses {
    /// Registers what is counted here.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Uses of key pairs that were not written down, because there were too many";
        registry.register("keystead_key_pair_uses_dropped", help, self.dropped.clone());
    }

    /// Adds a use to what is known of its pair.
    pub fn note(&self, used: PairUse) {
        self.notes.lock().add(used);
    }

    /// Gives away all that was noted, one entry for each pair, and says in the log if something was dropped.
    #[must_use]
    pub fn take(&self) -> Vec<PairUse> {
        let Notes { by_pair, dropped } = std::mem::take(&mut *self.notes.lock());
        if dropped > 0 {
            self.dropped.inc_by(dropped);
            tracing::warn!(
                dropped,
                kept = by_pair.len(),
                "uses of key pairs were dropped; last use is older than it should be"
            );
        }
        by_pair.into_values().collect()
    }

    /// Takes back what could not be written down.
    pub fn put_back(&self, uses: impl IntoIterator<Item = PairUse>) {
        let mut notes = self.notes.lock();
        for used in uses {
            notes.add(used);
        }
    }
}

impl Notes {
    fn add(&mut self, used: PairUse) {
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
}
