//! Folds in memory, a bounded number of them: where there is no room for one by itself, those of a network share one, and
//! at last all together.

use std::{collections::HashMap, ops::AddAssign};

use super::audit_fold::{Fold, Tally};

/// What belongs to each fold, and how much did not find its place.
#[derive(Debug)]
pub struct FoldMap<V> {
    folds: HashMap<Fold, V>,
    most: usize,
    coarsened: u64,
    dropped: u64,
}

impl<V: From<Tally> + AddAssign<Tally>> FoldMap<V> {
    /// With room for so many folds, and for a fifth more of coarser ones.
    #[must_use]
    pub fn with_room_for(most: usize) -> Self {
        Self { folds: HashMap::new(), most, coarsened: 0, dropped: 0 }
    }

    /// Adds to a fold, or to a coarser one.
    pub fn add(&mut self, fold: Fold, tally: Tally) {
        if let Some(known) = self.folds.get_mut(&fold) {
            *known += tally;
            return;
        }
        let Some(place) = self.place_for(fold) else {
            self.dropped = self.dropped.saturating_add(tally.count);
            return;
        };
        if place != fold {
            self.coarsened = self.coarsened.saturating_add(tally.count);
        }
        match self.folds.get_mut(&place) {
            Some(known) => *known += tally,
            None => drop(self.folds.insert(place, V::from(tally))),
        }
    }

    /// The finest fold that is there or that there is room for.
    fn place_for(&self, fold: Fold) -> Option<Fold> {
        let tenth = self.most / 10;
        let choices =
            [(fold, self.most), (fold.of_network(), self.most + tenth), (fold.of_all(), self.most + 2 * tenth)];
        let is_possible = |(fold, most): &(Fold, usize)| self.folds.len() < *most || self.folds.contains_key(fold);
        choices.into_iter().find(is_possible).map(|(fold, _)| fold)
    }

    /// All folds, in no order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Fold, &mut V)> {
        self.folds.iter_mut()
    }

    /// Keeps those that this says.
    pub fn retain(&mut self, keep: impl FnMut(&Fold, &mut V) -> bool) {
        self.folds.retain(keep);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.folds.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.folds.is_empty()
    }

    /// Says in the log, once, what has not found a place of its own. Answers how much found none at all.
    pub fn report_lost_detail(&mut self, of: &'static str) -> u64 {
        let (coarsened, dropped) = (std::mem::take(&mut self.coarsened), std::mem::take(&mut self.dropped));
        if coarsened > 0 || dropped > 0 {
            tracing::warn!(of, coarsened, dropped, kept = self.len(), "too many for a row each in the audit log");
        }
        dropped
    }
}

impl<V> IntoIterator for FoldMap<V> {
    type Item = (Fold, V);
    type IntoIter = std::collections::hash_map::IntoIter<Fold, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.folds.into_iter()
    }
}
