//! Sentences and words of the pages of users.

use crate::{
    domain::{invitation::InvitationState, login_history::LoginObstacle, user::AccountWarning},
    http::pages::console::parts::Light,
};

/// What has just been done, by the word of the query.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "user-made" => "The user is there. Give roles next: without any, the user may do nothing.",
        "user-disabled" => "The user is disabled. Logins, keys and tokens of the user are dead.",
        "user-enabled" => "The user is enabled and can log in again. Keys that you left out are disabled one by one.",
        "user-deleted" => "The user is deleted, and so are the user's keys.",
        "role-given" => "The role is given. It counts from the next token on.",
        "role-taken" => "The role is taken. It counts no more at once, also for the user's keys.",
        "guest-invited" => "The guest may come in. What a guest holds here reaches no key.",
        "guest-removed" => "The guest is gone from this space.",
        "invitation-mailed" => "The invitation is on its way by mail.",
        "invitation-revoked" => "The invitation is revoked. Its link opens nothing.",
        "session-ended" => "The session is ended.",
        "sessions-ended" => "All sessions of the user are ended.",
        "key-role-given" => "The key has the role. New tokens carry it.",
        "key-role-taken" => "The key lost the role. It counts no more at once.",
        _ => return None,
    })
}

/// What is worth a second look of an account (L141, L143).
pub(super) const fn warning(warning: AccountWarning) -> &'static str {
    match warning {
        AccountWarning::ServiceType => {
            "This is an account of type service: it never has a password and works with keys alone. Accounts of machines are of type standard as a rule."
        }
        AccountWarning::NameHidesService => {
            "Its full name does not tell that no person stands behind it. Put the word service into it."
        }
    }
}

/// The same in a few words.
pub(super) const fn brief(warning: AccountWarning) -> &'static str {
    match warning {
        AccountWarning::ServiceType => "Type service",
        AccountWarning::NameHidesService => "Name does not tell",
    }
}

/// Where an invitation stands.
pub(super) const fn invitation(state: InvitationState) -> Light {
    match state {
        InvitationState::Waiting => Light::Good("Waiting for the person"),
        InvitationState::MailWaiting => Light::Good("Mail is on its way"),
        InvitationState::MailFailed => Light::Ended("The mail could not be sent"),
        InvitationState::Expired => Light::Ended("Expired"),
        InvitationState::CutOff => Light::Ended("Its link opens nothing any more"),
    }
}

/// Why a user may not be able to log in; keys of the user work on (C19).
pub(super) const fn cannot_log_in(why: LoginObstacle) -> &'static str {
    match why {
        LoginObstacle::NoPassword => {
            "The user has no password and cannot log in. An invitation lets the person set one."
        }
        LoginObstacle::PasswordExpired => {
            "The password has expired: the user cannot log in, and keys of the user do not work."
        }
        LoginObstacle::NotLately => "The user has not logged in for 90 days. Keys of the user work on.",
    }
}
