//! Deletes what no decision rests on any more: revoked tokens that have expired, old rows of the change log, answers to
//! creations that were asked for long ago, events of long ago, and of logins whatever has expired.
//!
//! A round deletes a bounded number of rows of each kind, each kind in a transaction of its own, so that it never keeps
//! changes waiting for long; it says whether there is more. Each of them leaves the time behind, so that a clock which steps
//! back revives nothing.

use std::time::Duration;

use crate::{
    live::revoked_tokens::REMEMBERED_BEYOND_EXPIRY,
    store::{
        Error, Store, Upkeep, authorization_requests, change_log, events, expiry_notices, families, idempotent_answers,
        logout_notices, refresh_tokens, revoked_tokens, setup_links, throttles, webhooks,
    },
};

/// Rows of the change log are kept for this long.
const LOG_LIFE: Duration = Duration::from_hours(7 * 24);
/// Rows of the change log that are kept however old they are. A node that is further behind loads everything anew.
const ROWS_KEPT: u32 = 20_000;
/// Rows of one kind that a round deletes.
const ROWS: i64 = 1_000;
/// Notices are kept for this long after the end that they tell of.
const EXPIRY_NOTICES_KEPT: Duration = Duration::from_hours(30 * 24);
/// Families of a round: each may have a few tokens left.
const FAMILIES: i64 = 100;

/// How many rows went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Revoked tokens.
    pub revoked_tokens: usize,
    /// Rows of the change log.
    pub changes: usize,
    /// Answers to creations.
    pub idempotent_answers: usize,
    /// Authorization requests that nobody answered.
    pub authorization_requests: usize,
    /// Refresh tokens of authorizations that have expired.
    pub refresh_tokens: usize,
    /// Authorizations that have expired.
    pub families: usize,
    /// Buckets of attempts that are empty again.
    pub throttles: usize,
    /// Notices that applications did not take note of in time.
    pub logout_notices: usize,
    /// Setup links that nobody used.
    pub setup_links: usize,
    /// Events that happened long ago.
    pub events: usize,
    /// Secrets of webhooks that do not sign any more.
    pub webhook_secrets: usize,
    /// Notices of pairs that have ended.
    pub expiry_notices: usize,
    /// Whether there may be more to delete.
    pub more: bool,
}

/// One round.
///
/// # Errors
/// Those of the database; nothing is lost by trying again.
pub fn run_once(store: &Store) -> Result<Cleaned, Error> {
    let mut cleaned = store.upkeep(|upkeep| {
        let now = upkeep.now();
        Ok(Cleaned {
            revoked_tokens: revoked_tokens::delete_expired(upkeep, now.minus(REMEMBERED_BEYOND_EXPIRY))?,
            changes: change_log::delete_old(upkeep, now.minus(LOG_LIFE), ROWS_KEPT)?,
            idempotent_answers: idempotent_answers::delete_old(upkeep, now.minus(idempotent_answers::KEPT))?,
            webhook_secrets: webhooks::forget_previous(upkeep)?,
            ..Cleaned::default()
        })
    })?;
    let mut batches = Batches { store, more: false };
    cleaned.authorization_requests = batches.delete(ROWS, authorization_requests::delete_expired)?;
    cleaned.refresh_tokens = batches.delete(ROWS, refresh_tokens::delete_of_expired_families)?;
    // A family can have thousands of tokens, which would all go at once with it.
    if !batches.more {
        cleaned.families = batches.delete(FAMILIES, families::delete_expired)?;
    }
    cleaned.throttles = batches.delete(ROWS, throttles::delete_empty)?;
    cleaned.logout_notices = batches.delete(ROWS, logout_notices::delete_expired)?;
    cleaned.setup_links = batches.delete(ROWS, setup_links::delete_expired)?;
    cleaned.events = batches.delete(ROWS, events::delete_old)?;
    cleaned.expiry_notices = batches.delete(ROWS, |upkeep, most| {
        let before = upkeep.now().minus(EXPIRY_NOTICES_KEPT);
        expiry_notices::delete_of_ended(upkeep, before, most)
    })?;
    cleaned.more = batches.more;
    Ok(cleaned)
}

struct Batches<'a> {
    store: &'a Store,
    more: bool,
}

impl Batches<'_> {
    fn delete(
        &mut self,
        most: i64,
        delete: impl FnOnce(&mut Upkeep<'_>, i64) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let deleted = self.store.upkeep(|upkeep| delete(upkeep, most))?;
        self.note(deleted, most);
        Ok(deleted)
    }

    fn note(&mut self, done: usize, most: i64) {
        self.more |= i64::try_from(done).is_ok_and(|done| done >= most);
    }
}
