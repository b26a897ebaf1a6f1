//! Rows of audit events as the chain reads them.

use crate::{
    domain::{audit_chain::ChainedEvent, sequence::Seq, time::Timestamp},
    store::types::DbId,
};

/// Every column that a seal covers, in the order of the table.
macro_rules! chained_columns {
    () => {
        (
            (
                t::id,
                t::seq,
                t::at,
                t::actor_kind,
                t::actor_id,
                t::address,
                t::action,
                t::target,
                t::space_id,
                t::detail,
            ),
            (t::user_id, t::pair, t::grant_id, t::session_id, t::workspace, t::about, t::count, t::last_at),
        )
    };
}
pub(super) use chained_columns;

/// What [`chained_columns`] select.
pub(super) type ChainedRow = (
    (DbId, i64, i64, String, Option<DbId>, Option<String>, String, String, Option<DbId>, String),
    (Option<DbId>, Option<String>, Option<DbId>, Option<DbId>, Option<i64>, String, i64, Option<i64>),
);

pub(super) fn event(row: ChainedRow) -> ChainedEvent {
    let (
        (id, seq, at, actor_kind, actor_id, address, action, target, space_id, detail),
        (user_id, pair, grant_id, session_id, workspace, about, count, last_at),
    ) = row;
    let uuid = |id: Option<DbId>| id.map(|id| id.0);
    ChainedEvent {
        id: id.to(),
        seq: Seq::new(seq),
        at: Timestamp::from_micros(at),
        actor_kind,
        actor_id: uuid(actor_id),
        address,
        action,
        target,
        space_id: uuid(space_id),
        detail,
        user_id: uuid(user_id),
        pair,
        grant_id: uuid(grant_id),
        session_id: uuid(session_id),
        workspace,
        about,
        count,
        last_at: last_at.map(Timestamp::from_micros),
    }
}
