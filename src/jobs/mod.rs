//! What runs beside the requests: cleanup, and the life of signing keys.
//!
//! Each job is a step that looks whether something is due and does it. All processes of a site run them; whoever comes
//! second finds nothing to do.

pub mod cleanup;
pub mod key_rotation;

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use crate::{
    domain::{authority::Authority, signing_key::SigningAlgorithm},
    live::Live,
    manage::{Deps, signing_keys::Schedule},
};

/// In whose name jobs change things.
const SYSTEM: Authority = Authority::SYSTEM;

const CLEANUP_INTERVAL: Duration = Duration::from_mins(10);
const ROTATION_INTERVAL: Duration = Duration::from_mins(1);

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
}

/// The thread of the jobs. Dropping it ends the thread after the step that it is at.
pub struct Jobs {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Stop {
    asked: Mutex<bool>,
    bell: Condvar,
}

impl Jobs {
    /// Starts the thread; every job has its first turn at once.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(context: JobContext) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread =
            std::thread::Builder::new().name("keystead-jobs".to_owned()).spawn(move || run(&context, &seen))?;
        Ok(Self { stop, thread: Some(thread) })
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
    let (mut next_cleanup, mut next_rotation) = (Instant::now(), Instant::now());
    loop {
        if Instant::now() >= next_rotation {
            report("signing-key rotation", &key_rotation::run_once(context));
            next_rotation = Instant::now() + ROTATION_INTERVAL;
        }
        if Instant::now() >= next_cleanup {
            report("cleanup", &cleanup::run_once(context.live.executor().store()));
            context.live.forget_expired();
            next_cleanup = Instant::now() + CLEANUP_INTERVAL;
        }
        let mut asked = stop.asked.lock();
        if !*asked {
            stop.bell.wait_until(&mut asked, next_cleanup.min(next_rotation));
        }
        if *asked {
            return;
        }
    }
}

fn report<T: std::fmt::Debug, E: std::fmt::Display>(job: &'static str, done: &Result<T, E>) {
    match done {
        Ok(done) => tracing::debug!(job, ?done, "job done"),
        Err(error) => tracing::error!(job, %error, "a job failed; it will be tried again"),
    }
}
