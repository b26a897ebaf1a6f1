//! What the jobs count.

use std::fmt::{Debug, Display};

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};

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
        /// Writing down when pairs were used.
        LastUse = "last_use",
        /// Looking for applications to tell of logouts.
        LogoutNotices = "logout_notices",
    }
}

text_enum! {
    /// What became of a call to an application.
    Told {
        /// It took note.
        Delivered = "delivered",
        /// It did not, and will be told again.
        Failed = "failed",
        /// It does not want to hear it any more.
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
    pub(super) notices: CounterPer<Told>,
    pub(super) notices_due: Gauge,
    pub(super) letters: CounterPer<Sent>,
}

impl Default for JobCounts {
    fn default() -> Self {
        Self {
            last_success: GaugePer::new("job"),
            failures: CounterPer::new("job"),
            notices: CounterPer::new("result"),
            notices_due: Gauge::default(),
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

    /// Registers the counters.
    pub fn register(&self, registry: &mut Registry) {
        let help = "When a job last succeeded in this process, in seconds since 1970; 0 if it has not yet";
        registry.register("keystead_job_last_success_timestamp_seconds", help, self.last_success.clone());
        registry.register("keystead_job_failures", "Rounds of jobs that failed", self.failures.clone());
        let help = "Calls that tell applications of logouts, by what became of them";
        registry.register("keystead_logout_notices", help, self.notices.clone());
        let help = "Notices of logouts that were due when they were last looked for, at most 100";
        registry.register("keystead_logout_notices_due", help, self.notices_due.clone());
        registry.register("keystead_letters", "Letters by what became of them", self.letters.clone());
    }
}
