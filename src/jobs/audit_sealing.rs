//! Chains the audit events that were committed (K12).

use crate::{
    crypto::sealed::MasterKey,
    store::{
        Store,
        audit_chain::{ChainError, is_due, seal_some},
    },
};

/// Events that are sealed in one transaction. On SQLite, where one alone writes, changes wait no longer than that takes.
const AT_ONCE: i64 = 500;

/// One round: how many events were sealed. Looks first, so that a round without work takes no lock.
///
/// # Errors
/// [`ChainError`]; what was not sealed is sealed in the next round.
pub fn run_once(store: &Store, master: &MasterKey) -> Result<usize, ChainError> {
    let now = store.now()?;
    if !store.snapshot(|tx| is_due(tx, now))? {
        return Ok(0);
    }
    let mut sealed = 0;
    loop {
        // None means that another node is at it and will come to the rest as well.
        let batch = store.redeem(|redemption| seal_some(redemption, master, AT_ONCE))?;
        let events = batch.map_or(0, |batch| batch.events);
        sealed += events;
        if i64::try_from(events).is_ok_and(|events| events < AT_ONCE) {
            return Ok(sealed);
        }
    }
}
