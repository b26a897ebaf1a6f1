//! Deletes audit events for their age, if the settings name one.

use std::time::Duration;

use crate::{
    crypto::sealed::MasterKey,
    store::{
        Store,
        audit_chain::{ChainError, delete_older},
    },
};

/// Events that are deleted in one transaction.
const AT_ONCE: i64 = 500;
/// Transactions of a round; the rest waits for the next.
const BATCHES: usize = 20;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shortened {
    /// How many events went.
    pub events: usize,
    /// Whether there may be more to delete.
    pub more: bool,
}

/// One round.
///
/// # Errors
/// [`ChainError`]; nothing is lost by trying again.
pub fn run_once(store: &Store, master: &MasterKey, age: Duration) -> Result<Shortened, ChainError> {
    let before = store.now()?.minus(age);
    let mut events = 0;
    for _ in 0..BATCHES {
        let batch = store.redeem(|redemption| delete_older(redemption, master, before, AT_ONCE))?;
        let deleted = batch.map_or(0, |batch| batch.events);
        events += deleted;
        if i64::try_from(deleted).is_ok_and(|deleted| deleted < AT_ONCE) {
            return Ok(Shortened { events, more: false });
        }
    }
    Ok(Shortened { events, more: true })
}
