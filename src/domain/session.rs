//! Sessions: browsers in which somebody is logged in.

use std::{net::IpAddr, time::Duration};

use super::{
    cut_off::{CutOff, HangsOn, Verdict, verdict},
    ids::{SessionId, UserId},
    sequence::Seq,
    space::{Space, SpaceState},
    time::Timestamp,
    user::{User, UserState},
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

    /// Whether nothing that it hangs on was taken away: its user and the user's home as they are at `head`, and the site.
    #[must_use]
    pub fn stands(&self, site_cut_off: Seq, home: &Space, user: &User, head: Seq) -> bool {
        self.user == user.id && login_stands(self.made_at, site_cut_off, home, user, head)
    }
}

/// Whether this user may be logged in by something that was made at `made_at`: a session, or a link that sets a password.
#[must_use]
pub fn login_stands(made_at: Seq, site_cut_off: Seq, home: &Space, user: &User, head: Seq) -> bool {
    let cut_offs = [
        CutOff::Site(site_cut_off),
        CutOff::Space(home.cut_off),
        CutOff::User(user.cut_off),
        CutOff::UserLogins(user.logins_cut_off),
    ];
    user.state == UserState::Active
        && home.state == SpaceState::Open
        && verdict(made_at, head, HangsOn::Login, cut_offs) == Verdict::Stands
}
