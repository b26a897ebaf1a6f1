//! Sentences and words of the settings of a space.

use crate::domain::space::ApplicationPolicy;

/// What has just been done.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "keys-off" => "API keys are switched off. Nothing is deleted; their tokens are dead for good.",
        "keys-on" => {
            "API keys are switched on. The secrets that programs have work again; tokens from before stay dead."
        }
        "pair-life" => "The longest life of a pair is saved.",
        "pairs-shortened" => "The longest life of a pair is saved, and pairs that lived longer end sooner.",
        "applications-saved" => "Saved. Access of applications that are not admitted any more has ended.",
        _ => return None,
    })
}

/// Which applications users may log in to.
pub(super) const fn application_policy(policy: ApplicationPolicy) -> &'static str {
    match policy {
        ApplicationPolicy::Any => "Any application; users decide for themselves",
        ApplicationPolicy::Approved => "Applications that this space approved",
        ApplicationPolicy::None => "No application",
    }
}

/// Why the keys of the product's services cannot be changed (L020, L022, L023).
pub(super) const INTERNAL_SERVICES: &str = "The product's own services log in with these keys. They are made with the \
    space and cannot be changed, switched off, revoked or deleted, since the product would stop working. Regenerate one to \
    give its service a new secret. The switch for API keys does not touch them.";

/// Sentences with a number of keys.
pub(super) fn keys_of_people(count: i64) -> String {
    match count {
        0 => "No key of people is there".to_owned(),
        1 => "1 key of people".to_owned(),
        count => format!("{count} keys of people"),
    }
}

/// `1 pair`, `2 pairs`.
pub(super) fn pairs(count: impl Into<i64>) -> String {
    match count.into() {
        1 => "1 pair".to_owned(),
        count => format!("{count} pairs"),
    }
}
