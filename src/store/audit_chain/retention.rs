//! Deleting the oldest events for their age. The chain then begins after the last of them, and the head says so.

use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, delete};

use super::{
    error::ChainError,
    head,
    rows::{ChainedRow, chained_columns, event},
};
use crate::{
    crypto::{audit_chain::follow, sealed::MasterKey},
    domain::{
        audit_chain::{Checkpoint, Seal},
        time::Timestamp,
    },
    store::{
        db::on_backend,
        schema::audit_events,
        transaction::{Reads, Redemption},
    },
};

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// How many events went.
    pub events: usize,
    /// The last of all that ever went.
    pub kept_after: Checkpoint,
}

/// Deletes at most so many of the first events of the chain, as long as they happened before `before`. None if another node
/// moves the head.
///
/// What goes is looked at once more: time stamps that somebody altered to have young events deleted do not fit the seals.
///
/// # Errors
/// [`ChainError`]; nothing is deleted then.
pub fn delete_older(
    redemption: &mut Redemption<'_>,
    master: &MasterKey,
    before: Timestamp,
    most: i64,
) -> Result<Option<Deleted>, ChainError> {
    use audit_events as t;
    let Some(mut held) = head::hold(redemption, master)? else { return Ok(None) };
    let start = held.head.kept_after;
    let rows = oldest(redemption, start, most)?;
    let mut last = start;
    for (position, seal, row) in rows {
        let event = event(row);
        if !event.is_older_than(before) {
            break;
        }
        last = follow(last, &event);
        let stored = seal.as_deref().and_then(Seal::of_column).map(|seal| Checkpoint { position, seal });
        if stored != Some(last) {
            return Err(ChainError::Broken(position));
        }
    }
    if last == start {
        return Ok(Some(Deleted { events: 0, kept_after: start }));
    }
    held.head.kept_after = last;
    held.save(redemption)?;
    let gone = t::table.filter(t::position.gt(start.position).and(t::position.le(last.position)));
    let events = delete(gone).execute(redemption.db())?;
    Ok(Some(Deleted { events, kept_after: last }))
}

type SealedRow = (i64, Option<Vec<u8>>, ChainedRow);

fn oldest(redemption: &mut Redemption<'_>, after: Checkpoint, most: i64) -> Result<Vec<SealedRow>, ChainError> {
    use audit_events as t;
    let first = t::table.filter(t::position.gt(after.position)).order(t::position).limit(most);
    let columns = first.select((t::position.assume_not_null(), t::seal, chained_columns!()));
    Ok(on_backend!(redemption.db(), |connection| columns.load(connection)?))
}
