//! Sentences and words of the pages about OAuth clients.

use crate::{
    domain::application::{ApplicationKind, ApplicationState},
    http::pages::console::parts::Light,
};

/// What has just been done.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "client-made" => "The client is registered. Copy its client id into your program.",
        "client-disabled" => "The client is disabled. Its tokens are dead; what users allowed is kept.",
        "client-enabled" => "The client is enabled. Its secrets work again; tokens from before stay dead.",
        "client-deleted" => "The client is deleted.",
        "client-pair-deleted" => "The secret is deleted. What was got with it is dead.",
        _ => return None,
    })
}

/// Whether it can keep a secret.
pub(super) const fn kind(kind: ApplicationKind) -> &'static str {
    match kind {
        ApplicationKind::Confidential => "Confidential: it runs on a server and has a secret",
        ApplicationKind::Public => "Public: it runs on the user's device or in the browser, and has no secret",
    }
}

/// Whether it may do anything.
pub(super) const fn state(state: ApplicationState) -> Light {
    match state {
        ApplicationState::Active => Light::Good("Active"),
        ApplicationState::Disabled => Light::Off("Disabled"),
    }
}

/// How many users notice.
pub(super) fn users(count: i64) -> String {
    match count {
        0 => "No user has authorized it, so nobody notices.".to_owned(),
        1 => "1 user has authorized it and is logged out of it at once.".to_owned(),
        count => format!("{count} users have authorized it and are logged out of it at once."),
    }
}
