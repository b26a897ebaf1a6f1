//! What runs beside the requests: cleanup, the end of sessions that nobody uses, the life of signing keys, writing down
//! when pairs were used, mail, and telling applications that sessions ended.
//!
//! Each job is a step that looks whether something is due and does it. All processes of a site run them; whoever comes
//! second finds nothing to do.

pub mod cleanup;
pub mod counts;
pub mod key_rotation;
pub mod last_use;
pub mod logout_notices;
pub mod mail;
pub mod outgoing;
pub mod session_ends;

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use counts::{Job, JobCounts};
use logout_notices::Courier;
use outgoing::Outgoing;
use parking_lot::{Condvar, Mutex};

use crate::{
    config::Issuer,
    domain::{authority::Authority, signing_key::SigningAlgorithm},
    live::Live,
    manage::{Deps, signing_keys::Schedule},
    oauth::last_use::LastUses,
    store::pair_uses,
};

/// In whose name jobs change things.
const SYSTEM: Authority = Authority::SYSTEM;

const CLEANUP_INTERVAL: Duration = Duration::from_mins(10);
/// While there is more to delete; changes get their turn in between.
const CLEANUP_PAUSE: Duration = Duration::from_millis(200);
const ROTATION_INTERVAL: Duration = Duration::from_mins(1);
const LAST_USE_INTERVAL: Duration = Duration::from_secs(1);
/// After a failure: a database that is out of reach is not asked, and the log not written to, every second.
const LAST_USE_RETRY: Duration = Duration::from_secs(10);

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
    /// What the requests of this process note about key pairs.
    pub last_uses: Arc<LastUses>,
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
    _notices: logout_notices::Running,
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
        let notices = logout_notices::start(Courier::new(&context, Outgoing::of(&context.issuer))?)?;
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread =
            std::thread::Builder::new().name("keystead-jobs".to_owned()).spawn(move || run(&context, &seen))?;
        Ok(Self { stop, thread: Some(thread), _notices: notices })
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
    let (mut next_cleanup, mut next_rotation, mut next_last_use) = (now, now, now);
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
        if Instant::now() >= next_last_use {
            next_last_use = Instant::now() + if write_last_uses(context) { LAST_USE_INTERVAL } else { LAST_USE_RETRY };
        }
        let mut asked = stop.asked.lock();
        if !*asked {
            stop.bell.wait_until(&mut asked, next_cleanup.min(next_rotation).min(next_last_use));
        }
        if *asked {
            drop(asked);
            write_last_uses(context);
            return;
        }
    }
}

/// Whether it succeeded.
fn write_last_uses(context: &JobContext) -> bool {
    let store = context.live.executor().store();
    let written = last_use::run_once(&context.last_uses, |uses| pair_uses::record(store, uses));
    // Nothing to write is what most rounds have; it is no news.
    if matches!(written, Ok(0)) {
        context.counts.note(Job::LastUse, true);
    } else {
        context.counts.report(Job::LastUse, &written);
    }
    written.is_ok()
}
