//! Ends sessions that were not used for too long or are too old: what applications got in them dies with them, and those that
//! want to hear of it are told.

use std::time::Duration;

use super::SYSTEM;
use crate::{
    manage::{Error, sessions},
    store::{self, Store},
};

/// Sessions that end in one change, so that other changes do not wait for long.
const AT_ONCE: i64 = 50;

/// One round: how many ended. Looks first, so that a round without work begins no change.
///
/// # Errors
/// Those of the database; nothing is lost by trying again.
pub fn run_once(store: &Store, idle: Duration) -> Result<usize, Error> {
    let mut ended = 0;
    loop {
        let now = store.now()?;
        let over = store.snapshot(|tx| store::sessions::over(tx, now, now.minus(idle), 1))?;
        if over.is_empty() {
            return Ok(ended);
        }
        let now_ended = store.change(|change| sessions::end_those_over(change, &SYSTEM, idle, AT_ONCE))?;
        if now_ended == 0 {
            return Ok(ended);
        }
        ended += now_ended;
    }
}
