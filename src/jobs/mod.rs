//! What runs beside the requests: cleanup, the end of sessions that nobody uses, the life of signing keys, notices of pairs
//! that end, writing down what was used and denied, mail, telling applications that sessions ended and webhooks what
//! happened, and the chain of audit events.
//!
//! Each job is a step that looks whether something is due and does it. All processes of a site run them; whoever comes
//! second finds nothing to do.

pub mod audit_checkpoints;
pub mod audit_folds;
pub mod audit_keeper;
pub mod audit_retention;
pub mod audit_sealing;
pub mod cleanup;
pub mod counts;
pub mod courier;
pub mod errand;
pub mod event_mail;
pub mod expiry_notices;
pub mod key_rotation;
pub mod last_use;
mod letters;
pub mod logout_notices;
pub mod mail;
pub mod notes;
pub mod outgoing;
pub mod session_ends;
pub mod webhooks;

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use counts::{Job, JobCounts};
use courier::Courier;
use logout_notices::LogoutErrand;
use outgoing::Outgoing;
use parking_lot::{Condvar, Mutex};
use webhooks::WebhookErrand;

use crate::{
    config::Issuer,
    domain::{authority::Authority, signing_key::SigningAlgorithm},
    live::Live,
    manage::{Deps, signing_keys::Schedule},
    oauth::notes::Notes,
};

/// In whose name jobs change things.
const SYSTEM: Authority = Authority::SYSTEM;

const CLEANUP_INTERVAL: Duration = Duration::from_mins(10);
/// While there is more to delete; changes get their turn in between.
const CLEANUP_PAUSE: Duration = Duration::from_millis(200);
const ROTATION_INTERVAL: Duration = Duration::from_mins(1);
const EXPIRY_NOTICES_INTERVAL: Duration = Duration::from_mins(5);
/// While there is more to announce.
const EXPIRY_NOTICES_PAUSE: Duration = Duration::from_millis(200);

/// What the jobs work with.
#[derive(Clone)]
pub struct JobContext {
    /// The view of this process, and through it the database.
    pub live: Arc<Live>,
    /// The master key.
    pub deps: Deps,
    /// When signing keys pass from one state to the next.
    pub schedule: Schedule,
    /// Algorithms that the site is to hold a key for.
    pub algorithms: Vec<SigningAlgorithm>,
    /// What the requests of this process note.
    pub notes: Arc<Notes>,
    /// The site's name in what it sends.
    pub issuer: Issuer,
    /// For how long a session may be unused.
    pub session_idle: Duration,
    /// What is counted.
    pub counts: JobCounts,
}

/// The threads of the jobs. Dropping them ends each after the step that it is at, and writes down what is noted.
pub struct Jobs {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
    // Beside the others: what it waits for is not under our control.
    _notices: courier::Running<LogoutErrand>,
    _webhooks: courier::Running<WebhookErrand>,
    // Beside the others: what is noted is written within a second, whatever they do.
    _notes: notes::Running,
}

#[derive(Default)]
struct Stop {
    asked: Mutex<bool>,
    bell: Condvar,
}

impl Jobs {
    /// Starts the threads; every job has its first turn at once.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(context: JobContext) -> std::io::Result<Self> {
        let outgoing = Outgoing::of(&context.issuer);
        let webhooks = Courier::sent_for(WebhookErrand::new(&context, outgoing.clone()));
        let webhooks = webhooks.counting(context.counts.clone()).start()?;
        let notices = logout_notices::Courier::new(&context, outgoing)?.start()?;
        let notes = notes::start(notes::Writer::new(&context)?)?;
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread =
            std::thread::Builder::new().name("keystead-jobs".to_owned()).spawn(move || run(&context, &seen))?;
        Ok(Self { stop, thread: Some(thread), _notices: notices, _webhooks: webhooks, _notes: notes })
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        *self.stop.asked.lock() = true;
        self.stop.bell.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the jobs had failed");
        }
    }
}

fn run(context: &JobContext, stop: &Stop) {
    let now = Instant::now();
    let (mut next_cleanup, mut next_rotation, mut next_expiry) = (now, now, now);
    loop {
        if Instant::now() >= next_rotation {
            context.counts.report(Job::KeyRotation, &key_rotation::run_once(context));
            next_rotation = Instant::now() + ROTATION_INTERVAL;
        }
        if Instant::now() >= next_cleanup {
            let store = context.live.executor().store();
            let cleaned = cleanup::run_once(store);
            context.counts.report(Job::Cleanup, &cleaned);
            context.counts.report(Job::SessionEnds, &session_ends::run_once(store, context.session_idle));
            context.live.forget_expired();
            let more = cleaned.is_ok_and(|cleaned| cleaned.more);
            next_cleanup = Instant::now() + if more { CLEANUP_PAUSE } else { CLEANUP_INTERVAL };
        }
        if Instant::now() >= next_expiry {
            let told = expiry_notices::run_once(context.live.executor().store());
            context.counts.report(Job::ExpiryNotices, &told);
            let more = told.is_ok_and(|told| told.more);
            next_expiry = Instant::now() + if more { EXPIRY_NOTICES_PAUSE } else { EXPIRY_NOTICES_INTERVAL };
        }
        let mut asked = stop.asked.lock();
        if !*asked {
            stop.bell.wait_until(&mut asked, next_cleanup.min(next_rotation).min(next_expiry));
        }
        if *asked {
            return;
        }
    }
}
