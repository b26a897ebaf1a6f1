//! What logins count.

use prometheus_client::registry::Registry;

use super::Logins;
use crate::{
    domain::text_enum::text_enum,
    metrics::{
        labelled::CounterPer,
        reading::{Count, Gauge},
    },
};

text_enum! {
    /// What became of an attempt to log in.
    Attempted {
        /// The password was right.
        LoggedIn = "ok",
        /// It was right and is too old.
        MustRenew = "must_renew",
        /// It was wrong, or nobody has the name.
        Wrong = "wrong",
        /// Too many attempts before.
        Throttled = "throttled",
        /// Too many passwords were being checked.
        Busy = "busy",
    }
}

/// The counters of logins.
pub(super) struct Counts {
    pub(super) logins: CounterPer<Attempted>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { logins: CounterPer::new("result") }
    }
}

impl Logins {
    /// Registers what logins count.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("keystead_logins", "Attempts to log in by what became of them", self.counts.logins.clone());
        let hasher = self.hasher.clone();
        let help = "Passwords that were hashed or checked, also for names that nobody has";
        registry.register("keystead_password_hashes", help, Count(move || hasher.work_done()));
        let hasher = self.hasher.clone();
        let help = "Passwords that were not checked because too many were waiting";
        registry.register("keystead_password_hash_refusals", help, Count(move || hasher.refusals()));
        let hasher = self.hasher.clone();
        let admitted = Gauge(move || hasher.admitted());
        let help = "Passwords that are being hashed or checked, or wait for it";
        registry.register("keystead_password_hashes_under_way", help, admitted);
    }
}
