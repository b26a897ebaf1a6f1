//! Sessions: browsers in which somebody is logged in.

use std::{net::IpAddr, time::Duration};

use super::{
    ids::{SessionId, UserId},
    sequence::Seq,
    time::Timestamp,
};

/// A browser in which somebody is logged in. Ended means gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identifier; `sid` of id tokens.
    pub id: SessionId,
    /// Who is logged in.
    pub user: UserId,
    /// The number of the change at which the login was decided: what cuts off the user's logins later ends it.
    pub made_at: Seq,
    /// When it began.
    pub created_at: Timestamp,
    /// When the user last proved who he is (`auth_time`).
    pub authenticated_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// Where it was last used from.
    pub address: Option<IpAddr>,
    /// What the browser says it is, for people to recognize it.
    pub device: String,
}

impl Session {
    /// Whether it has ended by itself: unused for too long, or too old (B12).
    #[must_use]
    pub fn is_over(&self, idle: Duration, now: Timestamp) -> bool {
        self.expires_at <= now || self.last_seen_at.plus(idle) <= now
    }
}
