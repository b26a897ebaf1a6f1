//! Letters that wait to be written and sent. Handlers only put a note in here, whoever it is about: what takes time, and what
//! depends on who exists, happens elsewhere (P1).

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    time::Duration,
};

use crate::domain::account_name::AccountName;

/// Letters that may wait; more are dropped, and whoever asked for one asks again.
const MOST: usize = 200;

/// Something that is to be written.
#[derive(Debug, Clone)]
pub enum Letter {
    /// Whoever has this name, if anybody does, wants to set a new password.
    Forgotten(AccountName),
}

/// Where handlers put letters. Clones share the place.
#[derive(Debug, Clone)]
pub struct Outbox(SyncSender<Letter>);

/// Where whoever sends them takes them from.
#[derive(Debug)]
pub struct Letters(Receiver<Letter>);

/// An empty outbox, and its other side.
#[must_use]
pub fn outbox() -> (Outbox, Letters) {
    let (sender, receiver) = sync_channel(MOST);
    (Outbox(sender), Letters(receiver))
}

impl Outbox {
    /// Puts a letter in, without waiting. Answers whether there was room.
    #[must_use]
    pub fn put(&self, letter: Letter) -> bool {
        self.0.try_send(letter).is_ok()
    }
}

impl Letters {
    /// The next letter, if one comes in this time.
    ///
    /// # Errors
    /// Nobody can put anything in any more.
    pub fn next(&self, within: Duration) -> Result<Option<Letter>, OutboxClosed> {
        match self.0.recv_timeout(within) {
            Ok(letter) => Ok(Some(letter)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(OutboxClosed),
        }
    }
}

/// Nobody can put anything in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxClosed;
