//! What was used and what was denied, noted in memory until a job writes it into the audit log: no request waits for that
//! (ruling 32).

use std::{net::IpAddr, sync::Arc};

use parking_lot::Mutex;
use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{Error, OAuth, Refusal};
use crate::{
    domain::{
        audit_fold::{Fold, Tally},
        fold_map::FoldMap,
        happening::Happening,
        party::Party,
        text_enum::TextEnum,
        workspace::WorkspaceNumber,
    },
    live::Moment,
};

/// Uses that are kept apart at the same time. Who uses something holds a secret of ours, so strangers do not fill it.
pub const MOST_USES: usize = 100_000;

/// Denials that are kept apart at the same time. Anybody can cause them.
pub const MOST_DENIALS: usize = 10_000;

/// What was noted since it was last taken.
#[derive(Debug)]
pub struct Notes {
    // Apart from each other, so that a flood of denials takes neither room nor time from uses.
    uses: Mutex<FoldMap<Tally>>,
    denials: Mutex<FoldMap<Tally>>,
    dropped: Counter,
}

impl Default for Notes {
    fn default() -> Self {
        Self {
            uses: Mutex::new(FoldMap::with_room_for(MOST_USES)),
            denials: Mutex::new(FoldMap::with_room_for(MOST_DENIALS)),
            dropped: Counter::default(),
        }
    }
}

impl Notes {
    /// Registers what is counted here.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Uses and denials that are not in the audit log, because there were too many";
        registry.register("keystead_audit_notes_dropped", help, self.dropped.clone());
    }

    /// Adds an event to its fold.
    pub fn note(&self, fold: Fold, tally: Tally) {
        let notes = if fold.what().is_use() { &self.uses } else { &self.denials };
        notes.lock().add(fold, tally);
    }

    /// Gives away all that was noted, and says in the log if there was too much for a fold each.
    #[must_use]
    pub fn take(&self) -> Vec<(Fold, Tally)> {
        let take =
            |notes: &Mutex<FoldMap<Tally>>, most| std::mem::replace(&mut *notes.lock(), FoldMap::with_room_for(most));
        let (mut uses, mut denials) = (take(&self.uses, MOST_USES), take(&self.denials, MOST_DENIALS));
        let dropped = uses.report_lost_detail("uses").saturating_add(denials.report_lost_detail("denials"));
        self.dropped.inc_by(dropped);
        uses.into_iter().chain(denials).collect()
    }
}

impl OAuth {
    /// The uses and denials that are not written down yet.
    #[must_use]
    pub const fn notes(&self) -> &Arc<Notes> {
        &self.notes
    }

    /// Notes a use that was decided at this moment.
    pub(super) fn note_use(&self, moment: &Moment, fold: Fold) {
        self.notes.note(fold, Tally::once(moment.now, moment.seq));
    }

    /// Notes that something was denied: to whom, if that is a client of ours, and as far as it is known to an address.
    pub fn note_denial(
        &self,
        party: Option<Party>,
        from: Option<IpAddr>,
        what: Happening,
        workspace: Option<WorkspaceNumber>,
    ) {
        let moment = self.live.present();
        let fold = Fold::of(party, from, what, moment.now).in_workspace(workspace);
        self.notes.note(fold, Tally::once(moment.now, moment.seq));
    }

    /// The error for a client that was let in, after it was noted if it is a denial; `operation` is the endpoint.
    pub(super) fn refuse_request(
        &self,
        refusal: impl Into<Refusal>,
        party: Party,
        from: Option<IpAddr>,
        operation: &'static str,
    ) -> Error {
        let refusal = refusal.into();
        if let Some(denial) = refusal.denial() {
            let what = Happening::RequestRefuse { operation, reason: denial.as_str() };
            self.note_denial(Some(party), from, what, None);
        }
        refusal.into()
    }
}
