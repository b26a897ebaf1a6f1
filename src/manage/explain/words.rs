//! The sentences of the inspector, in one place for whoever translates them. A sentence has no full stop.

use crate::{
    crypto::{jwt::Rejected, secret_text::InvalidSecret},
    domain::{
        condition::{Condition, Question},
        explanation::Kind,
        role::RoleName,
        sequence::Seq,
        signing_key::{SigningKeyFacts, SigningKeyState},
        time::Timestamp,
        workspace::WorkspaceKey,
    },
};

/// The answer to a question, about something that was made at `made_at`.
pub(super) fn says(condition: &Condition, made_at: Option<Seq>) -> String {
    let Condition { question, holds, change, at } = *condition;
    if let Some(what) = cut_off_by(question) {
        return cut_off(what, holds, change, made_at);
    }
    match question {
        Question::InTime => in_time(holds, at),
        Question::PairInTime => pair_in_time(holds, at),
        Question::AudienceKept => audience_kept(holds, change),
        Question::ConsentStands => consent_stands(holds, change),
        _ => either(question, holds).to_owned(),
    }
}

/// Sentences without a number: if it is so, and if not.
const fn either(question: Question, holds: bool) -> &'static str {
    let (yes, no) = match question {
        Question::Signed => ("A key of this site signed it", "No key of this site signed it"),
        Question::NotRevoked => ("It was not revoked by itself", "It was revoked by itself, before its end"),
        Question::KeyExists => ("The API key is there", "The API key is deleted"),
        Question::PairExists => ("The key pair is there", "The key pair is gone: deleted, or replaced by regenerating"),
        Question::GrantExists => ("The user's consent is there", "The user's consent was withdrawn"),
        Question::FamilyExists => (
            "The login that it came from goes on",
            "The login that it came from was ended: by the application, by misuse of a code or refresh token, or by its age",
        ),
        Question::ApplicationExists => ("The application is there", "The application is deleted"),
        Question::KeyEnabled => ("The key is not disabled", "The key is disabled"),
        Question::KeyNotRevoked => ("The key is not revoked", "The key is revoked; regenerating it brings it back"),
        Question::SpaceOpen => ("The space is open", "The space is closed"),
        Question::KeysSupported => {
            ("The space is of a kind that has API keys", "The space is of a kind without API keys")
        }
        Question::SpaceKeysOn => {
            ("The API keys of the space are switched on", "The API keys of the space are switched off")
        }
        Question::OwnerEnabled => ("The owner of the key is active", "The owner of the key is disabled or gone"),
        Question::OwnerKeysOn => {
            ("The API keys of the owner are switched on", "The API keys of the owner are switched off")
        }
        Question::OwnerPasswordInTime => (
            "The password of the owner does not stop the key",
            "The password of the owner is older than the space allows",
        ),
        Question::ApplicationEnabled => ("The application is not disabled", "The application is disabled"),
        Question::ApplicationSpaceOpen => {
            ("The space of the application is open", "The space of the application is closed")
        }
        Question::UserEnabled => ("The user is active", "The user is disabled"),
        Question::ApplicationAdmitted => {
            ("The space of the user allows the application", "The space of the user does not allow the application")
        }
        Question::NotFromTheFuture => (
            "It was made before the present state",
            "It was made after the present state: the database was set back since",
        ),
        Question::WellFormed => ("It has the form of a secret of this site", "It has not the form of a secret"),
        _ => ("It is so", "It is not so"),
    };
    if holds { yes } else { no }
}

const fn cut_off_by(question: Question) -> Option<&'static str> {
    Some(match question {
        Question::NotCutOffBySite => "moving the site to another issuer",
        Question::NotCutOffBySpace => "closing the space",
        Question::NotCutOffBySpaceKeys => "switching off the keys of the space",
        Question::NotCutOffByUser => "disabling the user",
        Question::NotCutOffByUserKeys => "switching off the keys of the user",
        Question::NotCutOffByUserLogins => "a new password of the user",
        Question::NotCutOffByKey => "disabling, revoking or regenerating the key, or revoking its tokens",
        Question::NotCutOffBySigningKey => "revoking its signing key",
        Question::NotCutOffByApplication => "disabling the application",
        Question::NotCutOffByApproval => "the space of the user, which stopped allowing the application",
        _ => return None,
    })
}

fn cut_off(what: &str, holds: bool, change: Option<Seq>, made_at: Option<Seq>) -> String {
    let (number, made_at) = (change.unwrap_or_default(), made_at.unwrap_or_default());
    match (holds, number) {
        (true, Seq::ZERO) => format!("Never cut off by {what}"),
        (true, _) => format!("Last cut off by {what} at change {number}; this was made later, at change {made_at}"),
        (false, _) => format!("Cut off by {what} at change {number}; this was made before, at change {made_at}"),
    }
}

fn in_time(holds: bool, end: Option<Timestamp>) -> String {
    match (holds, end) {
        (true, Some(end)) => format!("It is valid until {end}"),
        (false, Some(end)) => format!("Its time is over, or has not come; it ends at {end}"),
        (_, None) => either(Question::InTime, holds).to_owned(),
    }
}

fn pair_in_time(holds: bool, end: Option<Timestamp>) -> String {
    match (holds, end) {
        (_, None) => "The key pair has no end".to_owned(),
        (true, Some(end)) => format!("The key pair works until {end}"),
        (false, Some(end)) => format!("The key pair expired at {end}"),
    }
}

fn audience_kept(holds: bool, since: Option<Seq>) -> String {
    match (holds, since) {
        (_, None) => "Its audience was not taken from anybody since".to_owned(),
        (true, Some(since)) => format!("Its audience is served by the same resource server since change {since}"),
        (false, Some(since)) => {
            format!("Its audience was given to a resource server after it was made, at change {since}")
        }
    }
}

fn consent_stands(holds: bool, given: Option<Seq>) -> String {
    let given = given.unwrap_or_default();
    if holds {
        format!("The consent that the user gave at change {given} counts")
    } else {
        format!("The consent that the user gave at change {given} was cut off since; the user is asked again")
    }
}

/// The key that signed it.
pub(super) fn signed(state: Option<SigningKeyState>) -> String {
    let state = state.map_or_else(|| "unknown".to_owned(), |state| state.to_string());
    format!("A signing key of this site signed it, and is {state}")
}

/// A signing key that is known here and counts no more, or not yet.
pub(super) fn signed_by_dead_key(key: &SigningKeyFacts) -> String {
    let SigningKeyFacts { id, state, state_since, .. } = key;
    format!("It names the signing key {id}, which is {state} since {state_since}: nothing signed by it counts")
}

/// What is wrong with a text that no key of ours signed.
pub(super) fn not_ours(why: Rejected) -> String {
    let why = match why {
        Rejected::Parts | Rejected::Encoding => "it is neither a signed token nor an id that is known here".to_owned(),
        Rejected::Type => "it is signed for another use, such as an id token, and opens no API".to_owned(),
        other => other.to_string(),
    };
    format!("It is no access token of this site: {why}")
}

/// What is wrong with the form of a secret.
pub(super) fn malformed(why: InvalidSecret) -> String {
    format!("It begins like a secret of this site and is none: {why}")
}

/// A role that a token carries.
pub(super) fn role(
    name: &RoleName,
    workspace: Option<WorkspaceKey>,
    counts: bool,
    since: Option<Seq>,
    made_at: Seq,
) -> String {
    let place = match workspace {
        None => "in the space".to_owned(),
        Some(WorkspaceKey::All) => "in all workspaces".to_owned(),
        Some(WorkspaceKey::One(number)) => format!("in workspace {number}"),
    };
    match since {
        Some(since) if counts => format!("The role {name} {place} counts; it is held since change {since}"),
        Some(since) if since > made_at => {
            format!(
                "The role {name} {place} was given anew at change {since}, after the token was made, and does not count"
            )
        }
        Some(_) => format!("The role {name} {place} is held and does not come through the scope of the token"),
        None => format!("The role {name} {place} is held no more, or its workspace is closed"),
    }
}

/// Why something that is a secret opens no API.
pub(super) const fn opens_no_api(kind: Kind) -> &'static str {
    match kind {
        Kind::ClientSecret => {
            "It is the secret of an application or a resource server: it logs a client in, and opens no API"
        }
        Kind::Invitation => "It is the secret of a link that sets a password: it opens no API",
        Kind::AuthorizationCode => {
            "It is an authorization code: its application exchanges it once, and it opens no API"
        }
        Kind::RefreshToken => "It is a refresh token: its application exchanges it for new tokens, and it opens no API",
        Kind::Session => "It is the cookie of a browser that is logged in here: it opens no API",
        Kind::AuthorizationRequest => "It names a login that is under way: it opens no API",
        Kind::WebhookSecret => "It signs calls of webhooks: it opens no API",
        _ => "It opens no API",
    }
}
