//! How often a key was used or denied, from the folded rows of the audit log.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use super::{
    error::Error,
    schema::{audit_events, audit_mentions},
    transaction::Reads,
};
use crate::domain::{
    audit_event::Mention, happening::NotedAction, ids::ApiKeyId, text_enum::TextEnum, time::Timestamp,
};

/// What happened in a minute, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotedUse {
    /// When it happened first.
    pub at: Timestamp,
    /// What; none for what is no use and no denial.
    pub action: Option<NotedAction>,
    /// How often.
    pub count: i64,
}

/// What happened to a key since then, newest first, and at most so many rows: a key that is used from many addresses has a
/// row for each of them and minute. Rows are told apart after they were read, so that the limit bounds what is read.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn of_key(tx: &mut impl Reads, key: ApiKeyId, since: Timestamp, most: i64) -> Result<Vec<NotedUse>, Error> {
    use audit_events as e;
    use audit_mentions as m;
    let rows = m::table
        .inner_join(e::table.on(e::id.eq(m::event_id)))
        .filter(m::subject.eq(Mention::from(key).to_string()))
        .filter(m::at.ge(since.as_micros()))
        .order((m::at.desc(), m::event_id.desc()))
        .limit(most)
        .select((m::at, e::action, e::count))
        .load::<(i64, String, i64)>(tx.db())?;
    let noted = |(at, action, count): (i64, String, i64)| NotedUse {
        at: Timestamp::from_micros(at),
        action: NotedAction::parse(&action).ok(),
        count,
    };
    Ok(rows.into_iter().map(noted).collect())
}
