//! Deletes what no decision rests on any more: revoked tokens that have expired, old rows of the change log, answers to
//! creations that were asked for long ago, links and counts of attempts that mean nothing any more.

use std::time::Duration;

use crate::{
    live::revoked_tokens::REMEMBERED_BEYOND_EXPIRY,
    store::{Error, Store, change_log, idempotent_answers, revoked_tokens, setup_links, throttles},
};

/// Rows of the change log are kept for this long.
const LOG_LIFE: Duration = Duration::from_hours(7 * 24);
/// Rows of the change log that are kept however old they are. A node that is further behind loads everything anew.
const ROWS_KEPT: u32 = 20_000;

/// How many rows went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleaned {
    /// Revoked tokens.
    pub revoked_tokens: usize,
    /// Rows of the change log.
    pub changes: usize,
    /// Answers to creations.
    pub idempotent_answers: usize,
    /// Links by which nobody set a password.
    pub setup_links: usize,
    /// Attempts that were long ago.
    pub throttles: usize,
}

/// One round.
///
/// # Errors
/// Those of the database; nothing is lost by trying again.
pub fn run_once(store: &Store) -> Result<Cleaned, Error> {
    store.upkeep(|upkeep| {
        let now = upkeep.now();
        Ok(Cleaned {
            revoked_tokens: revoked_tokens::delete_expired(upkeep, now.minus(REMEMBERED_BEYOND_EXPIRY))?,
            changes: change_log::delete_old(upkeep, now.minus(LOG_LIFE), ROWS_KEPT)?,
            idempotent_answers: idempotent_answers::delete_old(upkeep, now.minus(idempotent_answers::KEPT))?,
            setup_links: setup_links::delete_expired(upkeep, now)?,
            throttles: throttles::delete_empty(upkeep, now)?,
        })
    })
}
