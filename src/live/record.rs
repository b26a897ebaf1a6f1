//! Records: rows in memory with the number of the state they were loaded from.

use std::{hash::Hash, sync::Arc};

use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::{
    counts::Counts,
    log::{Log, Moment, Slot},
    view::Interrupted,
};
use crate::{
    crypto::sealed::MasterKey,
    domain::change::Subject,
    store::{Error, Executor, Snapshot, Stamp},
};

/// Something that decisions read and that is cached.
pub trait Record: Sized + Send + Sync + 'static {
    /// What it is found by.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;

    /// The subject whose changes make it old.
    fn subject(key: Self::Key) -> Subject;

    /// Reads it from one state of the database.
    ///
    /// # Errors
    /// [`Error`] of the store.
    fn load(tx: &mut Snapshot<'_>, key: Self::Key, master: &MasterKey) -> Result<Option<Self>, Error>;
}

/// A record, or the fact that there is none, and the state it was loaded from.
pub(super) struct Stamped<T> {
    epoch: u64,
    stamp: Stamp,
    slot: Slot,
    value: Option<Arc<T>>,
}

impl<T> Clone for Stamped<T> {
    fn clone(&self) -> Self {
        Self { epoch: self.epoch, stamp: self.stamp, slot: self.slot, value: self.value.clone() }
    }
}

impl<T> Stamped<T> {
    /// Whether it is what the database said at `moment`: nothing changed in (stamp, H]. A change after H that is known
    /// already makes it invalid too, which costs a load and no more.
    fn is_valid_at(&self, moment: &Moment, log: &Log) -> bool {
        self.epoch == moment.epoch && self.stamp.seq <= moment.seq && log.last_change(self.slot) <= self.stamp.seq
    }

    /// What whoever composes something of this record keeps to know when it is old.
    pub(super) const fn dependency(&self) -> Dependency {
        Dependency { stamp: self.stamp, slot: self.slot }
    }

    pub(super) fn into_value(self) -> Option<Arc<T>> {
        self.value
    }
}

/// A record that something was composed of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dependency {
    stamp: Stamp,
    slot: Slot,
}

impl Dependency {
    pub(super) fn is_valid_at(&self, moment: &Moment, log: &Log) -> bool {
        self.stamp.seq <= moment.seq && log.last_change(self.slot) <= self.stamp.seq
    }
}

/// A bounded cache of one kind of record. Loads of the same record are shared.
pub(super) struct RecordCache<T: Record> {
    cache: Cache<T::Key, Stamped<T>>,
}

impl<T: Record> RecordCache<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { cache: Cache::new(capacity) }
    }

    /// The record as it is at `moment`.
    pub(super) async fn get(&self, key: T::Key, sources: &Sources<'_>) -> Result<Stamped<T>, Interrupted> {
        let Sources { moment, log, .. } = sources;
        if let Some(cached) = self.cache.get(&key).filter(|cached| cached.is_valid_at(moment, log)) {
            return Ok(cached);
        }
        let entry = self.cache.entry_async(&key, |_, cached| {
            if cached.is_valid_at(moment, log) {
                EntryAction::Retain(cached.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        let guard = match entry.await {
            EntryResult::Retained(cached) => return Ok(cached),
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => guard,
            EntryResult::Removed(..) | EntryResult::Timeout => return Err(Interrupted::Moved),
        };
        sources.counts.records_loaded.inc();
        let loaded = load::<T>(key, sources).await?;
        // A placeholder that is gone only means that the record is not kept.
        let _ = guard.insert(loaded.clone());
        let same_history = loaded.stamp.seq != moment.seq || loaded.stamp.mark == moment.mark;
        if same_history && loaded.is_valid_at(moment, log) && loaded.stamp.seq >= moment.seq {
            Ok(loaded)
        } else {
            Err(Interrupted::Moved)
        }
    }
}

/// What loading needs.
pub(super) struct Sources<'a> {
    pub(super) moment: &'a Moment,
    pub(super) log: &'a Log,
    pub(super) executor: &'a Executor,
    pub(super) master: &'a Arc<MasterKey>,
    pub(super) counts: &'a Counts,
}

async fn load<T: Record>(key: T::Key, sources: &Sources<'_>) -> Result<Stamped<T>, Interrupted> {
    let (epoch, slot) = (sources.moment.epoch, sources.log.slot(T::subject(key.clone())));
    let master = Arc::clone(sources.master);
    let read = sources
        .executor
        .run(move |store| store.snapshot(|tx| Ok::<_, Error>((tx.stamp(), T::load(tx, key, &master)?))))
        .await;
    let (stamp, value) = read.map_err(Interrupted::Unavailable)?;
    Ok(Stamped { epoch, stamp, slot, value: value.map(Arc::new) })
}
