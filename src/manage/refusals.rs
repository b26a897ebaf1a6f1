//! Refusals of one kind of use case, which [`Error`](super::Error) holds as one.

use thiserror::Error;

use crate::domain::{ids::ApiKeyId, rights::Unusable, webhook::WebhookState};

/// Why nobody is invited, or an invitation is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotInvited {
    /// Ruling 15.
    #[error("what acts for a user cannot invite anybody; use a key of the space that may, or do it as the user")]
    ByDelegate,
    /// Repeated.
    #[error("the user is invited already; resend the invitation or revoke it")]
    Already,
    /// Nothing to resend or revoke.
    #[error("the user has no invitation; make one")]
    NotYet,
    /// An invitation is for a first password.
    #[error("the user has a password already; there is nothing to be invited to")]
    HasPassword,
    /// A password would open nothing.
    #[error("the user logs in elsewhere, where the space has its single sign-on; a password is of no use")]
    LogsInElsewhere,
    /// Nowhere to send to.
    #[error("the user has no address; give one, or have the link shown instead")]
    NoAddress,
    /// Nothing to send with.
    #[error("the site sends no mail; set `mail.url`, or have the link shown instead")]
    MailNotConfigured,
}

impl NotInvited {
    /// The word that programs tell this refusal by. It never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ByDelegate => "delegate_cannot_invite",
            Self::Already => "already_invited",
            Self::NotYet => "not_invited",
            Self::HasPassword => "has_password",
            Self::LogsInElsewhere => "logs_in_elsewhere",
            Self::NoAddress => "no_address",
            Self::MailNotConfigured => "mail_not_configured",
        }
    }
}

/// Why keys are not moved to a service account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotMoved {
    /// The new key would work where the old one does not.
    #[error("the key {0} is disabled; enable it first, or leave it out")]
    KeyDisabled(ApiKeyId),
    /// The same where it is not the key itself.
    #[error("the key {0} does not work: {1}; mend that first, or leave it out")]
    KeyDoesNotWork(ApiKeyId, Unusable),
    /// It has no secret that somebody could replace.
    #[error("the key {0} has no pair; give it one first, or leave it out")]
    NoPair(ApiKeyId),
    /// Keys of people who leave go to machines.
    #[error("there is no such service account in the home space of the user; name one that is there")]
    NotAServiceAccount,
    /// Another user's key, or none at all.
    #[error("the user has no key {0}; list the user's keys")]
    NotAKeyOfUser(ApiKeyId),
    /// Nothing to move.
    #[error("the keys belong to this user already; name another one")]
    SameOwner,
    /// Repeated.
    #[error("the key {to} has taken the place of {key} already; add a pair to it if its secret is lost")]
    Already {
        /// The key that was to be moved.
        key: ApiKeyId,
        /// Its successor.
        to: ApiKeyId,
    },
    /// L132.
    #[error("the service account does not hold {}; give it these roles first, or have missing roles given", .0.join(" "))]
    RolesMissing(Vec<String>),
}

impl NotMoved {
    /// The word that programs tell this refusal by. It never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyDisabled(_) => "key_disabled",
            Self::KeyDoesNotWork(..) => "key_does_not_work",
            Self::NoPair(_) => "no_pair",
            Self::NotAServiceAccount => "not_a_service_account",
            Self::NotAKeyOfUser(_) => "not_a_key_of_user",
            Self::SameOwner => "same_owner",
            Self::Already { .. } => "already_moved",
            Self::RolesMissing(_) => "roles_missing",
        }
    }
}

/// Why a webhook is not made, or not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoWebhook {
    /// Each event is written once for each of them.
    #[error("a space has at most {0} webhooks; remove one, or let one receiver pass events on")]
    TooMany(usize),
    /// Nobody would hear.
    #[error("the webhook is {0} and hears nothing; enable it first")]
    NotActive(WebhookState),
}

impl NoWebhook {
    /// The word that programs tell this refusal by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooMany(_) => "webhook_limit",
            Self::NotActive(_) => "webhook_not_active",
        }
    }
}
