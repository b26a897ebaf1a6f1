//! What is on its way to somebody and has not arrived yet, counted for operators.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::count_star};

use super::{
    error::Error,
    schema::{event_deliveries, invitations, logout_notices},
    transaction::Reads,
};
use crate::domain::{
    event::{Channel, DeliveryState},
    text_enum::TextEnum,
};

/// How much of what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Events on their way by mail.
    pub letters: i64,
    /// Invitations on their way by mail.
    pub invitations: i64,
    /// Events on their way to webhooks.
    pub webhooks: i64,
    /// Notices of logouts on their way to applications.
    pub logouts: i64,
}

/// What waits now.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count(tx: &mut impl Reads) -> Result<Waiting, Error> {
    use event_deliveries as t;
    let by_channel = t::table
        .filter(t::state.eq(DeliveryState::Waiting.as_str()))
        .group_by(t::channel)
        .select((t::channel, count_star()))
        .load::<(String, i64)>(tx.db())?;
    let by =
        |channel: Channel| by_channel.iter().find(|(word, _)| word == channel.as_str()).map_or(0, |(_, count)| *count);
    let (letters, webhooks) = (by(Channel::Mail), by(Channel::Webhook));
    let due = invitations::table.filter(invitations::due_at.is_not_null());
    Ok(Waiting {
        letters,
        invitations: due.count().get_result(tx.db())?,
        webhooks,
        logouts: logout_notices::table.count().get_result(tx.db())?,
    })
}
