//! What a token, a secret or an id is, whether it counts at this moment, and why.

use super::{
    access_token::AccessToken,
    condition::{Condition, Question},
    ids::{SigningKeyId, SpaceId, UserId},
    sequence::Seq,
    text_enum::text_enum,
    time::Timestamp,
};

/// What an access token says whose signature was found right.
#[derive(Debug, Clone)]
pub struct ReadToken {
    /// The key that signed it.
    pub signed_by: SigningKeyId,
    /// What decisions rest on.
    pub facts: AccessToken,
    /// Whether its own times admit it.
    pub is_in_time: bool,
    /// Its `aud`.
    pub audience: String,
    /// The user whom it speaks for, if it speaks for one.
    pub subject: Option<UserId>,
    /// The space that it speaks of.
    pub space: SpaceId,
    /// Its `iat`.
    pub issued_at: Timestamp,
}

text_enum! {
    /// What somebody wants to understand.
    Kind {
        /// An access token that a key got.
        TokenOfKey = "access_token_of_api_key",
        /// An access token that an application got for a user.
        TokenOfApplication = "access_token_of_application",
        /// The secret of an API key.
        ApiKeySecret = "api_key_secret",
        /// The secret of an application or a resource server.
        ClientSecret = "client_secret",
        /// The secret of an invitation.
        Invitation = "invitation",
        /// An authorization code.
        AuthorizationCode = "authorization_code",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// The cookie of a session.
        Session = "session",
        /// What names a kept authorization request.
        AuthorizationRequest = "authorization_request",
        /// What calls of a webhook are signed with.
        WebhookSecret = "webhook_secret",
        /// The id of an API key.
        ApiKey = "api_key",
        /// The public id of a key pair.
        KeyPair = "key_pair",
        /// The id of a user.
        User = "user",
        /// The id of an application.
        Application = "application",
        /// The id of an entry of the authorized applications.
        Grant = "authorized_application",
        /// Nothing that this site made.
        Foreign = "not_of_this_site",
    }
}

text_enum! {
    /// An answer.
    Outcome {
        /// It is so.
        Ok = "ok",
        /// It is not.
        Fails = "fails",
        /// That cannot be said here.
        Unknown = "unknown",
    }
}

text_enum! {
    /// What something is about.
    AboutKind {
        /// An API key.
        ApiKey = "api_key",
        /// A key pair.
        KeyPair = "key_pair",
        /// A user.
        User = "user",
        /// An application.
        Application = "application",
        /// An entry of the authorized applications.
        Grant = "authorized_application",
        /// A space.
        Space = "space",
        /// A signing key.
        SigningKey = "signing_key",
    }
}

/// A thing that the explanation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its kind.
    pub kind: AboutKind,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub question: Question,
    /// The answer.
    pub outcome: Outcome,
    /// Whether it depends on this answer if the whole is active; else it is worth knowing.
    pub decides: bool,
    /// The change that matters, if one does.
    pub change: Option<Seq>,
    /// The time that matters, if one does.
    pub at: Option<Timestamp>,
    /// The answer in a sentence.
    pub says: String,
}

impl Step {
    /// An answer on which the whole depends.
    #[must_use]
    pub fn deciding(condition: Condition, says: String) -> Self {
        let Condition { question, holds, change, at } = condition;
        let outcome = if holds { Outcome::Ok } else { Outcome::Fails };
        Self { question, outcome, decides: true, change, at, says }
    }

    /// An answer that is worth knowing.
    #[must_use]
    pub fn telling(question: Question, outcome: Outcome, says: String) -> Self {
        Self { question, outcome, decides: false, change: None, at: None, says }
    }
}

/// Everything that is said of it.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What it is.
    pub kind: Kind,
    /// The time for which this is said.
    pub now: Timestamp,
    /// The number of the last change before.
    pub head: Seq,
    /// When it was made and ends, if it is a token.
    pub token: Option<TokenTimes>,
    /// What it is about.
    pub about: Vec<About>,
    /// The reasons, in the order in which they are asked for.
    pub steps: Vec<Step>,
}

/// What people want to know first of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTimes {
    /// The change at which it was made.
    pub made_at: Seq,
    /// When that was.
    pub issued_at: Timestamp,
    /// Its end.
    pub expires_at: Timestamp,
    /// For whom it is.
    pub audience: String,
    /// What it may still be used for; nothing if that is unknown because what it rests on is gone.
    pub scope: Option<String>,
}

impl Explanation {
    /// Whether it counts now: nothing that decides says no.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.steps.iter().all(|step| !step.decides || step.outcome == Outcome::Ok)
    }

    /// The first reason why it does not.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.decides && step.outcome != Outcome::Ok)
    }
}
