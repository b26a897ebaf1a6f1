//! Invitations: an administrator lets a person set a first password, once, within days.

use std::time::Duration;

use super::{
    ids::{InvitationId, UserId},
    sequence::Seq,
    text_enum::text_enum,
    time::Timestamp,
};

/// An invitation that nobody used stays to be seen for this long after its end.
pub const SHOWN_AFTER_END: Duration = Duration::from_hours(30 * 24);

text_enum! {
    /// How the link of an invitation is to reach the person.
    Deliver {
        /// It stands in the one answer; whoever invites hands it on.
        Show = "show",
        /// By mail, to the first address of the user.
        Mail = "mail",
    }
}

text_enum! {
    /// What became of the link of an invitation.
    Delivery {
        /// It was in an answer.
        Shown = "shown",
        /// A mail is to be sent.
        MailWaiting = "mail_waiting",
        /// The mail server took it.
        MailSent = "mail_sent",
        /// The mail server did not take it, and it is not tried again.
        MailFailed = "mail_failed",
    }
}

impl Delivery {
    /// How it began.
    #[must_use]
    pub const fn of(deliver: Deliver) -> Self {
        match deliver {
            Deliver::Show => Self::Shown,
            Deliver::Mail => Self::MailWaiting,
        }
    }

    /// What was asked for.
    #[must_use]
    pub const fn deliver(self) -> Deliver {
        match self {
            Self::Shown => Deliver::Show,
            Self::MailWaiting | Self::MailSent | Self::MailFailed => Deliver::Mail,
        }
    }
}

text_enum! {
    /// Where an invitation stands. One that was used is gone: then the user has a password.
    InvitationState {
        /// The person has the link and has not used it.
        Waiting = "waiting",
        /// A mail is to be sent.
        MailWaiting = "mail_waiting",
        /// The mail could not be sent; resend the invitation.
        MailFailed = "mail_failed",
        /// Its time is over.
        Expired = "expired",
        /// Its link opens nothing: logins of the site or of the space were cut off since, or people log in elsewhere.
        CutOff = "cut_off",
    }
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Identifier; one that is sent again has another one.
    pub id: InvitationId,
    /// Who is invited.
    pub user: UserId,
    /// When somebody invited.
    pub made_at: Timestamp,
    /// The change that did: what cuts off the user's logins cuts it off too.
    pub since: Seq,
    /// Who did: an id, or `operator`.
    pub made_by: String,
    /// When its link stops working.
    pub expires_at: Timestamp,
    /// What became of its link.
    pub delivery: Delivery,
}

impl Invitation {
    /// Where it stands at this time. `is_cut_off` says whether its link opens nothing whatever the time is.
    #[must_use]
    pub fn state(&self, is_cut_off: bool, now: Timestamp) -> InvitationState {
        match self.delivery {
            _ if is_cut_off => InvitationState::CutOff,
            _ if self.expires_at <= now => InvitationState::Expired,
            Delivery::Shown | Delivery::MailSent => InvitationState::Waiting,
            Delivery::MailWaiting => InvitationState::MailWaiting,
            Delivery::MailFailed => InvitationState::MailFailed,
        }
    }
}
