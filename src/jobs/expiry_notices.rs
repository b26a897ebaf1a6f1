//! Tells people in time that a key pair ends (KM-07). Every node runs it; for each pair, end and period the database lets one of
//! them announce it.

use crate::{
    domain::expiry_notice::NoticePeriod,
    manage::expiry_notices::{self, Noticed},
    store::{self, Error, Store},
};

/// Pairs of each kind of client that are announced in one transaction, so that nobody waits for long.
const AT_ONCE: i64 = 50;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Ends that were announced.
    pub announced: usize,
    /// Ends that were noted without a word: the pair never lived that long before them.
    pub passed_over: usize,
    /// Whether there may be more to announce.
    pub more: bool,
}

/// One round. Pairs are found by their end, and a round without work begins no transaction that writes.
///
/// # Errors
/// Those of the database; what was not announced is announced in the next round.
pub fn run_once(store: &Store) -> Result<Told, Error> {
    let mut told = Told::default();
    let now = store.now()?;
    for period in NoticePeriod::ALL {
        let due = store.snapshot(|tx| store::expiry_notices::due(tx, period, now, AT_ONCE))?;
        if due.is_empty() {
            continue;
        }
        told.more |= i64::try_from(due.len()).is_ok_and(|found| found >= AT_ONCE);
        let done = store.redeem(|redemption| {
            due.iter().map(|pair| expiry_notices::announce(redemption, pair, period)).collect::<Result<Vec<_>, _>>()
        })?;
        told.announced += done.iter().filter(|noticed| **noticed == Noticed::Announced).count();
        told.passed_over += done.iter().filter(|noticed| **noticed == Noticed::PassedOver).count();
    }
    Ok(told)
}
