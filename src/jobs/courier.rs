//! Takes things to receivers, whatever they are ([`Errand`]).
//!
//! One thread, the courier, takes what is due and has each sent by a thread of its own; only the courier asks the database.
//! An item is taken by an update that one node alone succeeds with and that makes it due again later, so it is lost neither
//! with an attempt nor with a node; it may arrive twice, under the same id. A receiver gets one call at a time, and after one
//! that failed the others come first, so that none holds up another.

use std::{
    collections::HashMap,
    fmt::Display,
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    counts::{self, JobCounts},
    errand::{Errand, Outcome, Packed},
};
use crate::{domain::time::Timestamp, store::Error};

/// Calls under way at the same time.
const AT_ONCE: usize = 8;
/// Items that are looked through for receivers to call.
const LOOKED_THROUGH: i64 = 100;
/// How often the database is asked for items.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often while it does not answer.
const RETRY: Duration = Duration::from_secs(10);
/// No two attempts are farther apart.
const LONGEST_DISTANCE: Duration = Duration::from_hours(1);
/// A receiver that does not answer is left alone for no longer than this.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// What became of the items of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Receivers took note.
    pub delivered: usize,
    /// They did not, and will be told again.
    pub failed: usize,
    /// Nobody wants to hear them any more, or they were tried for long enough.
    pub dropped: usize,
}

/// Whoever takes items to receivers.
pub struct Courier<E: Errand> {
    errand: E,
    sender: Sender<News<E>>,
    news: Receiver<News<E>>,
    under_way: HashMap<E::Receiver, JoinHandle<()>>,
    resting: HashMap<E::Receiver, Rest>,
    unsettled: Vec<(E::Item, Outcome)>,
    told: Told,
    counts: JobCounts,
    now: Timestamp,
}

/// A receiver that failed to take note. That it did is remembered for a while after its rest.
struct Rest {
    failures: i64,
    until: Timestamp,
}

enum News<E: Errand> {
    Answered(E::Item, Outcome),
    Stop,
}

/// The courier at work. Dropping it ends the work after the calls that are under way, which takes some seconds at most.
pub(super) struct Running<E: Errand> {
    news: Sender<News<E>>,
    thread: Option<JoinHandle<()>>,
}

impl<E: Errand> Drop for Running<E> {
    fn drop(&mut self) {
        // An error says that the thread has ended already.
        self.news.send(News::Stop).ok();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(errand = E::NAME, "the thread of a courier had failed");
        }
    }
}

impl<E: Errand> Courier<E> {
    /// Ready to go.
    #[must_use]
    pub fn sent_for(errand: E) -> Self {
        let (sender, news) = mpsc::channel();
        Self {
            errand,
            sender,
            news,
            under_way: HashMap::new(),
            resting: HashMap::new(),
            unsettled: Vec::new(),
            told: Told::default(),
            counts: JobCounts::default(),
            now: Timestamp::from_micros(0),
        }
    }

    /// The same, counted there.
    #[must_use]
    pub fn counting(self, counts: JobCounts) -> Self {
        Self { counts, ..self }
    }

    /// Starts the thread.
    pub(super) fn start(self) -> io::Result<Running<E>> {
        let news = self.sender.clone();
        let thread = Builder::new().name(format!("keystead-{}", E::NAME)).spawn(move || self.run())?;
        Ok(Running { news, thread: Some(thread) })
    }

    /// Sends all that is due, to receivers that are not at rest, and waits for the answers.
    ///
    /// # Errors
    /// Those of the database.
    pub fn run_once(&mut self) -> Result<Told, Error> {
        self.told = Told::default();
        loop {
            self.start_due()?;
            if self.under_way.is_empty() {
                return Ok(self.told);
            }
            if let Ok(News::Answered(item, outcome)) = self.news.recv() {
                self.hear(item, outcome)?;
            }
        }
    }

    fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let wait = next.saturating_duration_since(Instant::now());
            let step = match self.news.recv_timeout(wait) {
                Ok(News::Answered(item, outcome)) => self.hear(item, outcome).and_then(|()| self.start_due()),
                Err(RecvTimeoutError::Timeout) => self.start_due(),
                Ok(News::Stop) | Err(RecvTimeoutError::Disconnected) => return self.finish(),
            };
            self.counts.round(E::KIND, step.is_ok());
            if let Err(error) = &step {
                tracing::error!(errand = E::NAME, %error, "nothing can be delivered; it will be tried again");
            }
            next = Instant::now() + if step.is_ok() { INTERVAL } else { RETRY };
        }
    }

    /// Waits for the calls under way and writes down what they brought, so that nobody is told twice.
    fn finish(mut self) {
        for (_, call) in self.under_way.drain() {
            call.join().ok();
        }
        while let Ok(news) = self.news.try_recv() {
            if let News::Answered(item, outcome) = news {
                self.unsettled.push((item, outcome));
            }
        }
        if let Err(error) = self.settle() {
            let items = self.unsettled.len();
            tracing::warn!(errand = E::NAME, %error, items, "something will be delivered once more");
        }
    }

    /// Begins as many calls as there is room for.
    fn start_due(&mut self) -> Result<(), Error> {
        self.settle()?;
        self.now = self.errand.store().now()?;
        self.errand.begin(self.now)?;
        while self.under_way.len() < AT_ONCE {
            let Some(started) = self.start_some()? else { return Ok(()) };
            if started == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks through the items that are due and begins calls, one for each receiver; none if nothing is due.
    fn start_some(&mut self) -> Result<Option<usize>, Error> {
        let now = self.now;
        self.resting.retain(|_, rest| rest.until.plus(LONGEST_REST) > now);
        let mut except: Vec<E::Receiver> = self.under_way.keys().copied().collect();
        except.extend(self.resting.iter().filter(|(_, rest)| rest.until > now).map(|(receiver, _)| *receiver));
        let due = self.errand.due(now, &except, LOOKED_THROUGH)?;
        self.counts.due(E::KIND, due.len());
        if due.is_empty() {
            return Ok(None);
        }
        let mut started = 0;
        for item in due {
            if self.under_way.len() < AT_ONCE && !self.under_way.contains_key(&E::receiver(&item)) {
                started += usize::from(self.start_call(item)?);
            }
        }
        Ok(Some(started))
    }

    /// Takes an item and begins a call. Answers whether anything was done about it.
    fn start_call(&mut self, item: E::Item) -> Result<bool, Error> {
        let packed = self.errand.pack(&item, self.now)?;
        if let Packed::Not(outcome) = packed {
            self.errand.settle(&item, &outcome)?;
            self.told.dropped += 1;
            self.counts.told(E::KIND, counts::Told::Dropped);
            return Ok(true);
        }
        let due_again = self.now.plus(distance::<E>(E::attempts(&item)));
        if !self.errand.claim(&item, due_again)? {
            return Ok(false);
        }
        let call = match packed {
            Packed::Call(call) => call,
            Packed::Not(_) => return Ok(true),
            // What is wrong with one item does not hold up the others.
            Packed::Unfit(reason) => {
                self.hear(item, Outcome::Failed(reason))?;
                return Ok(true);
            }
        };
        let (receiver, sender) = (E::receiver(&item), self.sender.clone());
        let call = Builder::new().name(format!("keystead-{}-call", E::NAME)).spawn(move || {
            let outcome = call();
            // An error says that nobody waits for the answer any more.
            sender.send(News::Answered(item, outcome)).ok();
        });
        match call {
            Ok(call) => {
                self.under_way.insert(receiver, call);
                Ok(true)
            }
            Err(error) => Err(Error::Unavailable(format!("no thread for a call: {error}"))),
        }
    }

    fn hear(&mut self, item: E::Item, outcome: Outcome) -> Result<(), Error> {
        let receiver = E::receiver(&item);
        match &outcome {
            Outcome::Delivered => {
                tracing::debug!(errand = E::NAME, item = E::describe(&item), %receiver, "delivered");
                self.resting.remove(&receiver);
                self.told.delivered += 1;
                self.counts.told(E::KIND, counts::Told::Delivered);
            }
            Outcome::Failed(reason) => self.rest(&item, reason),
            Outcome::Gone | Outcome::Unwanted | Outcome::Overdue => {
                self.told.dropped += 1;
                self.counts.told(E::KIND, counts::Told::Dropped);
            }
        }
        self.unsettled.push((item, outcome));
        self.settle()
    }

    /// Writes down what is known. What could not be written is kept, so that a receiver that took note is not told again, and
    /// until then the receiver gets no call.
    fn settle(&mut self) -> Result<(), Error> {
        while let Some((item, outcome)) = self.unsettled.last() {
            match self.errand.settle(item, outcome) {
                Err(error @ Error::Unavailable(_)) => return Err(error),
                // What is wrong with one row does not hold up the others.
                Err(error) => tracing::error!(errand = E::NAME, item = E::describe(item), %error, "cannot be settled"),
                Ok(()) => {}
            }
            if let Some((item, _)) = self.unsettled.pop() {
                self.under_way.remove(&E::receiver(&item));
            }
        }
        Ok(())
    }

    /// Leaves a receiver alone for a while.
    fn rest(&mut self, item: &E::Item, reason: &dyn Display) {
        let (receiver, attempt) = (E::receiver(item), E::attempts(item).saturating_add(1));
        tracing::warn!(errand = E::NAME, item = E::describe(item), %receiver, attempt, %reason, "not delivered");
        self.told.failed += 1;
        self.counts.told(E::KIND, counts::Told::Failed);
        let rest = self.resting.entry(receiver).or_insert(Rest { failures: 0, until: self.now });
        rest.until = self.now.plus(distance::<E>(rest.failures).min(LONGEST_REST));
        rest.failures = rest.failures.saturating_add(1);
    }
}

/// How long to wait after an attempt before which there were so many others.
fn distance<E: Errand>(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(16);
    E::FIRST_DISTANCE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DISTANCE)
}
