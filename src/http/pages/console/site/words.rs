//! Sentences and words of the pages about the site.

use crate::domain::signing_key::SigningKeyState;

/// What has just been done.
pub(in crate::http::pages::console) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "space-made" => "The space is made.",
        "space-closed" => "The space is closed. Everything in it is refused, and its tokens are dead.",
        "space-reopened" => "The space is open again. Its keys work; tokens from before stay dead.",
        "keys-supported" => "API keys are supported in this space. Its own switch decides whether they work.",
        "keys-stopped" => "API keys are not supported in this space any more. Their tokens are dead for good.",
        "signing-key-published" => "The new signing key is published. It signs once everybody had time to fetch it.",
        "signing-key-signs" => "The new signing key signs from now on.",
        "signing-key-revoked" => "The signing key is revoked, and its tokens are dead.",
        _ => return None,
    })
}

/// Where a signing key stands.
pub(super) const fn state(state: SigningKeyState) -> &'static str {
    match state {
        SigningKeyState::Pending => "Pending",
        SigningKeyState::Active => "Active",
        SigningKeyState::Passive => "Passive",
        SigningKeyState::Retired => "Retired",
        SigningKeyState::Revoked => "Revoked",
    }
}

/// What a signing key in this state does, and what it does next by itself.
pub(super) const fn next_step(state: SigningKeyState) -> &'static str {
    match state {
        SigningKeyState::Pending => "Published, and begins to sign",
        SigningKeyState::Active => "Signs; its successor takes over",
        SigningKeyState::Passive => "Verifies what it signed; retires",
        SigningKeyState::Retired => "Its last token has expired",
        SigningKeyState::Revoked => "Its tokens are dead",
    }
}
