//! What is known of a user's logins, and whether something keeps the user from logging in. It is a report: keys work on (C19).

use std::time::Duration;

use super::{
    space::Space,
    text_enum::text_enum,
    time::Timestamp,
    user::{AccountType, User, UserState},
};

/// Who has not logged in for this long may not be able to any more.
pub const LONG: Duration = Duration::from_hours(90 * 24);

/// What is known of a user's logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginHistory {
    /// Service accounts never log in.
    pub account_type: AccountType,
    /// When the user was made.
    pub created_at: Timestamp,
    /// The last login, to the minute.
    pub last_logged_in_at: Option<Timestamp>,
}

text_enum! {
    /// What keeps a user from logging in, or lets it seem so (L073).
    LoginObstacle {
        /// A password is what the user logs in with, and there is none.
        NoPassword = "no_password",
        /// The password is too old for the policy of the space.
        PasswordExpired = "password_expired",
        /// Nobody has logged in for 90 days.
        NotLately = "not_lately",
    }
}

/// That a user cannot log in, as far as it can be seen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CannotLogIn {
    /// Why.
    pub reason: LoginObstacle,
    /// Since when, if that is known: for `not_lately` the last login, or the making of a user who never did.
    pub since: Option<Timestamp>,
}

impl LoginHistory {
    /// The first reason why this active person cannot log in.
    #[must_use]
    pub fn obstacle(&self, user: &User, home: &Space, now: Timestamp) -> Option<CannotLogIn> {
        if self.account_type == AccountType::Service || user.state == UserState::Disabled {
            return None;
        }
        let found = |reason, since| Some(CannotLogIn { reason, since });
        if user.password_set_at.is_none() && user.uses_password(home) {
            return found(LoginObstacle::NoPassword, None);
        }
        if user.is_stopped_by_password(home, now) {
            let end = user.password_set_at.zip(home.password_life).map(|(set_at, life)| set_at.plus(life));
            return found(LoginObstacle::PasswordExpired, end);
        }
        let last = self.last_logged_in_at.unwrap_or(self.created_at);
        if last.plus(LONG) <= now { found(LoginObstacle::NotLately, Some(last)) } else { None }
    }
}
