//! What a [courier](super::courier) is sent for: where it finds what is due, how that is sent, and what is written down
//! afterwards.

use std::{fmt::Display, hash::Hash, time::Duration};

use super::counts::Errands;
use crate::{
    domain::time::Timestamp,
    store::{Error, Store},
};

/// One kind of thing that is taken to receivers.
pub trait Errand: Send + 'static {
    /// One thing to one receiver.
    type Item: Send + 'static;
    /// Whoever gets one call at a time.
    type Receiver: Copy + Eq + Hash + Display + Send + 'static;

    /// What it is counted as.
    const KIND: Errands;
    /// What the log and the threads call it.
    const NAME: &'static str;
    /// After the first attempt that failed; twice as long after each further one. More than a call can take, so that no other
    /// node begins one meanwhile.
    const FIRST_DISTANCE: Duration;

    /// Where items are kept.
    fn store(&self) -> &Store;

    /// Who gets the item.
    fn receiver(item: &Self::Item) -> Self::Receiver;

    /// How often it was tried before.
    fn attempts(item: &Self::Item) -> i64;

    /// What the log calls the item.
    fn describe(item: &Self::Item) -> String;

    /// Prepares a round, if something has to be.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn begin(&mut self, _now: Timestamp) -> Result<(), Error> {
        Ok(())
    }

    /// Items to be tried, the longest due first, without those for `except`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn due(&self, now: Timestamp, except: &[Self::Receiver], most: i64) -> Result<Vec<Self::Item>, Error>;

    /// Decides at this moment how an item is sent, if it still is.
    ///
    /// # Errors
    /// [`Error::Unavailable`]. What is wrong with the item itself is [`Packed::Unfit`].
    fn pack(&self, item: &Self::Item, now: Timestamp) -> Result<Packed, Error>;

    /// Takes the next attempt; if the item is not ended by then, it is due again at `due_again`. One node alone hears that it
    /// did.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn claim(&self, item: &Self::Item, due_again: Timestamp) -> Result<bool, Error>;

    /// Writes down what became of an item.
    ///
    /// # Errors
    /// Those of the database.
    fn settle(&self, item: &Self::Item, outcome: &Outcome) -> Result<(), Error>;
}

/// An item at the moment at which it would be sent.
pub enum Packed {
    /// Sends it. Runs in a thread of its own and does not ask the database.
    Call(Box<dyn FnOnce() -> Outcome + Send>),
    /// It is not sent: [`Outcome::Unwanted`] or [`Outcome::Overdue`].
    Not(Outcome),
    /// It cannot be sent as things are, which does not hold up others.
    Unfit(String),
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took note.
    Delivered,
    /// It did not, and will be tried again. The reason names no secret and no address.
    Failed(String),
    /// Nobody wants it any more.
    Unwanted,
    /// The receiver says that it is gone for good.
    Gone,
    /// It was tried for long enough.
    Overdue,
}
