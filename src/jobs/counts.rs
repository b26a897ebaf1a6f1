//! What the jobs count.

use std::fmt::{Debug, Display};

use prometheus_client::registry::Registry;

use crate::{
    domain::text_enum::text_enum,
    metrics::{
        labelled::{CounterPer, GaugePer},
        machine_clock,
    },
};

text_enum! {
    /// A job.
    Job {
        /// The life of signing keys.
        KeyRotation = "signing_key_rotation",
        /// Deleting what no decision rests on.
        Cleanup = "cleanup",
        /// The end of sessions that nobody uses.
        SessionEnds = "session_ends",
        /// Looking for pairs that end soon.
        ExpiryNotices = "expiry_notices",
        /// Writing down what was used and denied.
        AuditNotes = "audit_notes",
        /// Giving audit events their place in the chain.
        AuditSealing = "audit_sealing",
        /// Keeping checkpoints of the chain.
        AuditCheckpoints = "audit_checkpoints",
        /// Deleting audit events that are too old.
        AuditRetention = "audit_retention",
        /// Looking for applications to tell of logouts.
        LogoutNotices = "logout_notices",
        /// Looking for webhooks to tell of events.
        Webhooks = "webhooks",
        /// Looking for people to write to of events.
        EventMail = "event_mail",
    }
}

text_enum! {
    /// What couriers take to receivers.
    Errands {
        /// That sessions ended, to applications.
        LogoutNotices = "logout_notices",
        /// Events, to webhooks.
        Webhooks = "webhooks",
        /// Events, to people.
        EventMail = "event_mail",
    }
}

impl Errands {
    /// The job that looks for what is due.
    const fn job(self) -> Job {
        match self {
            Self::LogoutNotices => Job::LogoutNotices,
            Self::Webhooks => Job::Webhooks,
            Self::EventMail => Job::EventMail,
        }
    }
}

text_enum! {
    /// What became of an attempt to tell somebody.
    Told {
        /// The receiver took note.
        Delivered = "delivered",
        /// It did not, and will be told again.
        Failed = "failed",
        /// Nobody wants to hear it any more, or it was tried for long enough.
        Dropped = "dropped",
    }
}

text_enum! {
    /// What became of a letter.
    Sent {
        /// The mail server has it.
        Sent = "sent",
        /// It was given up.
        Dropped = "dropped",
    }
}

/// The counters of the jobs of one process. Clones count together.
#[derive(Clone)]
pub struct JobCounts {
    last_success: GaugePer<Job>,
    failures: CounterPer<Job>,
    logout_notices: CounterPer<Told>,
    webhooks: CounterPer<Told>,
    event_mail: CounterPer<Told>,
    due: GaugePer<Errands>,
    pub(super) letters: CounterPer<Sent>,
}

impl Default for JobCounts {
    fn default() -> Self {
        Self {
            last_success: GaugePer::new("job"),
            failures: CounterPer::new("job"),
            logout_notices: CounterPer::new("result"),
            webhooks: CounterPer::new("result"),
            event_mail: CounterPer::new("result"),
            due: GaugePer::new("errand"),
            letters: CounterPer::new("result"),
        }
    }
}

impl JobCounts {
    /// Counts a round of a job and says in the log what came of it.
    pub(super) fn report<T: Debug, E: Display>(&self, job: Job, done: &Result<T, E>) {
        self.note(job, done.is_ok());
        match done {
            Ok(done) => tracing::debug!(%job, ?done, "job done"),
            Err(error) => tracing::error!(%job, %error, "a job failed; it will be tried again"),
        }
    }

    /// Counts a round that is told of elsewhere or that is no news.
    pub(super) fn note(&self, job: Job, succeeded: bool) {
        if succeeded {
            self.last_success.set(job, machine_clock());
        } else {
            self.failures.inc(job);
        }
    }

    /// Counts a round of a courier.
    pub(super) fn round(&self, errands: Errands, succeeded: bool) {
        self.note(errands.job(), succeeded);
    }

    /// So much is due.
    pub(super) fn due(&self, errands: Errands, items: usize) {
        self.due.set(errands, f64::from(u32::try_from(items).unwrap_or(u32::MAX)));
    }

    /// Counts what became of an attempt.
    pub(super) fn told(&self, errands: Errands, told: Told) {
        match errands {
            Errands::LogoutNotices => self.logout_notices.inc(told),
            Errands::Webhooks => self.webhooks.inc(told),
            Errands::EventMail => self.event_mail.inc(told),
        }
    }

    /// Registers the counters.
    pub fn register(&self, registry: &mut Registry) {
        let help = "When a job last succeeded in this process, in seconds since 1970; 0 if it has not yet";
        registry.register("keystead_job_last_success_timestamp_seconds", help, self.last_success.clone());
        registry.register("keystead_job_failures", "Rounds of jobs that failed", self.failures.clone());
        let help = "Calls that tell applications of logouts, by what became of them";
        registry.register("keystead_logout_notices", help, self.logout_notices.clone());
        let help = "Calls that tell webhooks of events, by what became of them";
        registry.register("keystead_webhook_calls", help, self.webhooks.clone());
        let help = "Letters about events, by what became of them";
        registry.register("keystead_event_letters", help, self.event_mail.clone());
        let help = "What was due when it was last looked for, at most 100";
        registry.register("keystead_deliveries_due", help, self.due.clone());
        registry.register("keystead_letters", "Letters by what became of them", self.letters.clone());
    }
}
