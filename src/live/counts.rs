//! What the live view counts.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

/// The counters of one view.
#[derive(Default)]
pub(super) struct Counts {
    /// Reads of the head that the database answered.
    pub(super) head_reads: Counter,
    /// Reads of the head that failed.
    pub(super) head_failures: Counter,
    /// Changes that were new.
    pub(super) changes: Counter,
    /// Times that everything in memory was dropped, since history was replaced or too much was missing.
    pub(super) loaded_anew: Counter,
    /// Records that had to be loaded: not in memory yet, or changed.
    pub(super) records_loaded: Counter,
}

impl Counts {
    pub(super) fn register(&self, registry: &mut Registry) {
        let mut put = |name: &str, help: &str, counter: &Counter| registry.register(name, help, counter.clone());
        put("keystead_live_head_reads", "Reads of the change log before decisions", &self.head_reads);
        put("keystead_live_head_read_failures", "Reads of the change log that failed", &self.head_failures);
        put("keystead_live_changes_applied", "Changes that were read from the change log", &self.changes);
        put("keystead_live_reloads", "Times that the whole state in memory was dropped", &self.loaded_anew);
        put("keystead_live_records_loaded", "Records read from the database", &self.records_loaded);
    }
}
