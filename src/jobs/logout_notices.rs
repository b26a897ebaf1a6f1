//! Tells applications that sessions ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! One thread, the courier, takes notices that are due and has each sent by a thread of its own; only the courier asks the
//! database. A notice is taken by an update that one node alone succeeds with and that makes it due again later, so it is
//! lost neither with an attempt nor with a node; it may arrive twice, under the same `jti`. An application gets one call at a
//! time, and after one that failed the others come first, so that none holds up another (OC-07).

use std::{
    collections::HashMap,
    fmt::Display,
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use super::{
    JobContext,
    counts::{self, Job, JobCounts},
    outgoing::{CallError, Outgoing},
};
use crate::{
    config::Issuer,
    domain::{ids::ApplicationId, time::Timestamp},
    live::Live,
    oauth::{self, logout_token},
    store::{self, logout_notices::LogoutNotice},
};

/// Calls under way at the same time.
const AT_ONCE: usize = 8;
/// Notices that are looked through for applications to call.
const LOOKED_THROUGH: i64 = 100;
/// How often the database is asked for notices.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often while it does not answer.
const RETRY: Duration = Duration::from_secs(10);
/// After the first attempt that failed; twice as long after each further one. More than a call can take.
const FIRST_DISTANCE: Duration = Duration::from_secs(15);
/// No two attempts are farther apart.
const LONGEST_DISTANCE: Duration = Duration::from_hours(1);
/// An application that does not answer is left alone for no longer than this.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// What became of the notices of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Applications took note.
    pub delivered: usize,
    /// They did not, and will be told again.
    pub failed: usize,
    /// Nobody wants to hear them any more.
    pub dropped: usize,
}

/// Whoever takes notices to applications.
pub struct Courier {
    live: Arc<Live>,
    issuer: Issuer,
    outgoing: Outgoing,
    runtime: Runtime,
    sender: Sender<Event>,
    events: Receiver<Event>,
    under_way: HashMap<ApplicationId, JoinHandle<()>>,
    resting: HashMap<ApplicationId, Rest>,
    told: Told,
    counts: JobCounts,
    now: Timestamp,
}

/// An application that failed to take note. That it did is remembered for a while after its rest.
struct Rest {
    failures: i64,
    until: Timestamp,
}

enum Event {
    Answered(LogoutNotice, Result<u16, CallError>),
    Stop,
}

/// The courier at work. Dropping it ends the work after the calls that are under way, which takes some seconds at most.
pub(super) struct Running {
    events: Sender<Event>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread.
pub(super) fn start(courier: Courier) -> io::Result<Running> {
    let events = courier.sender.clone();
    let thread = Builder::new().name("keystead-notices".to_owned()).spawn(move || courier.run())?;
    Ok(Running { events, thread: Some(thread) })
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error says that the thread has ended already.
        self.events.send(Event::Stop).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that tells applications of logouts had failed");
        }
    }
}

impl Courier {
    /// Ready to go.
    ///
    /// # Errors
    /// If the operating system gives no means to wait.
    pub fn new(context: &JobContext, outgoing: Outgoing) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let (sender, events) = mpsc::channel();
        Ok(Self {
            live: Arc::clone(&context.live),
            issuer: context.issuer.clone(),
            outgoing,
            runtime,
            sender,
            events,
            under_way: HashMap::new(),
            resting: HashMap::new(),
            told: Told::default(),
            counts: context.counts.clone(),
            now: Timestamp::from_micros(0),
        })
    }

    /// Sends all that is due, to applications that are not at rest, and waits for the answers.
    ///
    /// # Errors
    /// Those of the database.
    pub fn run_once(&mut self) -> Result<Told, oauth::Error> {
        self.told = Told::default();
        loop {
            self.start_due()?;
            if self.under_way.is_empty() {
                return Ok(self.told);
            }
            if let Ok(Event::Answered(notice, answer)) = self.events.recv() {
                self.settle(&notice, &answer)?;
            }
        }
    }

    fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let wait = next.saturating_duration_since(Instant::now());
            let step = match self.events.recv_timeout(wait) {
                Ok(Event::Answered(notice, answer)) => self.settle(&notice, &answer).and_then(|()| self.start_due()),
                Err(RecvTimeoutError::Timeout) => self.start_due(),
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return self.finish(),
            };
            self.counts.note(Job::LogoutNotices, step.is_ok());
            if let Err(error) = &step {
                tracing::error!(%error, "applications cannot be told of logouts; it will be tried again");
            }
            next = Instant::now() + if step.is_ok() { INTERVAL } else { RETRY };
        }
    }

    /// Waits for the calls under way and writes down what they brought, so that no application is told twice.
    fn finish(mut self) {
        for (_, call) in self.under_way.drain() {
            call.join().ok();
        }
        while let Ok(event) = self.events.try_recv() {
            if let Event::Answered(notice, answer) = event
                && let Err(error) = self.settle(&notice, &answer)
            {
                tracing::warn!(%error, notice = %notice.id, "an application will be told once more of a logout");
            }
        }
    }

    /// Begins as many calls as there is room for.
    fn start_due(&mut self) -> Result<(), oauth::Error> {
        while self.under_way.len() < AT_ONCE {
            let Some(started) = self.start_some()? else { return Ok(()) };
            if started == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks through the notices that are due and begins calls, one for each application; none if nothing is due.
    fn start_some(&mut self) -> Result<Option<usize>, oauth::Error> {
        let store = self.live.executor().store();
        let now = store.now()?;
        self.now = now;
        self.resting.retain(|_, rest| rest.until.plus(LONGEST_REST) > now);
        let mut except: Vec<ApplicationId> = self.under_way.keys().copied().collect();
        except.extend(self.resting.iter().filter(|(_, rest)| rest.until > now).map(|(application, _)| *application));
        let due = store.snapshot(|tx| store::logout_notices::due(tx, now, &except, LOOKED_THROUGH))?;
        self.counts.notices_due.set(i64::try_from(due.len()).unwrap_or(LOOKED_THROUGH));
        if due.is_empty() {
            return Ok(None);
        }
        let mut started = 0;
        for notice in due {
            if self.under_way.len() < AT_ONCE && !self.under_way.contains_key(&notice.application) {
                started += usize::from(self.start(notice)?);
            }
        }
        Ok(Some(started))
    }

    /// Takes a notice and begins a call. Answers whether anything was done about it.
    fn start(&mut self, notice: LogoutNotice) -> Result<bool, oauth::Error> {
        let message = match self.runtime.block_on(logout_token::message(&self.live, &self.issuer, &notice)) {
            Err(oauth::Error::Unavailable(error @ store::Error::Unavailable(_))) => return Err(error.into()),
            message => message,
        };
        let store = self.live.executor().store();
        if matches!(message, Ok(None)) {
            store.redeem(|redemption| store::logout_notices::forget(redemption, notice.id))?;
            self.told.dropped += 1;
            self.counts.notices.inc(counts::Told::Dropped);
            return Ok(true);
        }
        let due_again = self.now.plus(distance(notice.attempts));
        if !store.redeem(|redemption| store::logout_notices::claim(redemption, &notice, due_again))? {
            return Ok(false);
        }
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(true),
            // What is wrong with one application does not hold up the others.
            Err(error) => {
                self.rest(&notice, &error);
                return Ok(true);
            }
        };
        let (application, outgoing, events) = (notice.application, self.outgoing.clone(), self.sender.clone());
        let call = Builder::new().name("keystead-notice".to_owned()).spawn(move || {
            let answer = outgoing.post_form(message.to.as_str(), &[("logout_token", &message.token)]);
            // An error says that nobody waits for the answer any more.
            events.send(Event::Answered(notice, answer)).ok();
        });
        match call {
            Ok(call) => {
                self.under_way.insert(application, call);
                Ok(true)
            }
            Err(error) => Err(store::Error::Unavailable(format!("no thread for a call: {error}")).into()),
        }
    }

    fn settle(&mut self, notice: &LogoutNotice, answer: &Result<u16, CallError>) -> Result<(), oauth::Error> {
        self.under_way.remove(&notice.application);
        match answer {
            Ok(200 | 204) => {
                tracing::debug!(notice = %notice.id, application = %notice.application, "an application was told of a logout");
                self.resting.remove(&notice.application);
                self.told.delivered += 1;
                self.counts.notices.inc(counts::Told::Delivered);
                let store = self.live.executor().store();
                store.redeem(|redemption| store::logout_notices::forget(redemption, notice.id))?;
            }
            Ok(status) => self.rest(notice, &format_args!("it answered {status}")),
            Err(error) => self.rest(notice, error),
        }
        Ok(())
    }

    /// Leaves an application alone for a while.
    fn rest(&mut self, notice: &LogoutNotice, reason: &dyn Display) {
        let (id, application, attempt) = (notice.id, notice.application, notice.attempts.saturating_add(1));
        tracing::warn!(notice = %id, %application, attempt, %reason, "an application was not told of a logout");
        self.told.failed += 1;
        self.counts.notices.inc(counts::Told::Failed);
        let rest = self.resting.entry(application).or_insert(Rest { failures: 0, until: self.now });
        rest.until = self.now.plus(distance(rest.failures).min(LONGEST_REST));
        rest.failures = rest.failures.saturating_add(1);
    }
}

/// How long to wait after an attempt before which there were so many others.
fn distance(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(16);
    FIRST_DISTANCE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DISTANCE)
}
