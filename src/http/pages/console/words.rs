//! Sentences and words of the console, in one place for whoever translates them.

use super::{clients, roles, settings, site, users, workspaces};
use crate::{
    domain::{
        integration_type::IntegrationType, key_notice::KeyNotice, login_history::LoginObstacle, space::SpaceKind,
    },
    manage::grantable::NotGrantable,
};

/// What has just been done, by the word of the query.
pub(super) fn done(word: &str) -> Option<&'static str> {
    of_keys(word)
        .or_else(|| users::words::done(word))
        .or_else(|| roles::words::done(word))
        .or_else(|| workspaces::words::done(word))
        .or_else(|| settings::words::done(word))
        .or_else(|| site::words::done(word))
        .or_else(|| clients::words::done(word))
}

fn of_keys(word: &str) -> Option<&'static str> {
    Some(match word {
        "saved" => "Your changes are saved.",
        "shown-before" => "This was done already. If a secret came of it, it was shown then and cannot be shown again.",
        "key-disabled" => "The key is disabled. Its secrets are kept for the day you enable it again.",
        "key-enabled" => "The key is enabled. Tokens from before stay dead; new ones work.",
        "key-revoked" => "The key is revoked. Its secrets and tokens are dead.",
        "key-deleted" => "The key is deleted.",
        "tokens-revoked" => "All tokens of the key are dead. Its pairs get new ones.",
        "pair-deleted" => "The pair is deleted. Its tokens are dead.",
        "pair-expiry" => "The end of the pair is moved.",
        "roles-saved" => {
            "The roles are saved. What the key lost counts no more at once; what it gained comes with new tokens."
        }
        _ => return None,
    })
}

/// What kind of program uses a key.
pub(super) const fn integration(of: IntegrationType) -> &'static str {
    match of {
        IntegrationType::ThirdParty => "Third party",
        IntegrationType::CiCd => "CI/CD",
        IntegrationType::IntegrationBridge => "Integration bridge",
        IntegrationType::BridgeService => "Bridge service",
        IntegrationType::SynchronizerService => "Synchronizer service",
        IntegrationType::ProductBridgeService => "Product's side of the bridge",
    }
}

/// What a space is used for.
pub(super) const fn space_kind(kind: SpaceKind) -> &'static str {
    match kind {
        SpaceKind::Production => "Production",
        SpaceKind::Sandbox => "Sandbox",
        SpaceKind::OnPremises => "On premises",
    }
}

/// Why the owner of a key may not be able to log in.
pub(super) const fn cannot_log_in(why: LoginObstacle) -> &'static str {
    match why {
        LoginObstacle::NoPassword => "Its owner has no password and cannot log in.",
        LoginObstacle::PasswordExpired => "The password of its owner has expired.",
        LoginObstacle::NotLately => "Its owner has not logged in for 90 days.",
    }
}

/// Why keys of products' services have few buttons (L020-L026).
pub(super) const INTERNAL_KEY: &str =
    "This key belongs to a service of the product. It can be regenerated, and nothing else.";

/// What people should know of what a key may do.
pub(super) const fn notice(notice: KeyNotice) -> &'static str {
    match notice {
        KeyNotice::RowLevelRestrictionsDoNotApply => {
            "Restrictions to single rows of data hold for people; this key sees all rows of what its roles let it see."
        }
        KeyNotice::ReportsImplyData => "Who reads reports through a key reads the tables that they are made of, too.",
    }
}

/// Why a key cannot get a role somewhere (L135).
pub(super) const fn not_grantable(why: NotGrantable) -> &'static str {
    match why {
        NotGrantable::InternalRole => "The role belongs to the product itself.",
        NotGrantable::ClosedWorkspace => "The workspace is closed.",
        NotGrantable::ForeignDomain => "The owner holds it in another space, as a guest.",
        NotGrantable::IdpRole => {
            "The owner has it from an identity provider alone, and such a role cannot be passed on."
        }
        NotGrantable::NotHeld => "The owner does not hold it there. Give it to the owner first.",
        NotGrantable::ExceedsOwnRights => "You do not hold all of its permissions there yourself.",
    }
}
