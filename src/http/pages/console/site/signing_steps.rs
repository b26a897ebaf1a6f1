//! Publishing a new signing key, and revoking one. Keys are made before the change that stores them, since that takes a while.

use askama::Template;

use crate::{
    domain::{
        ids::SigningKeyId,
        signing_key::{SigningAlgorithm, SigningKeyFacts, SigningKeyState},
        text_enum::TextEnum,
    },
    http::pages::{
        console::{
            asked::{Asked, Visit},
            confirm::Question,
            frame::Frame,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next},
            span,
        },
        filters,
        refusal::PageRefusal,
        view::Shell,
    },
    manage::signing_keys::{self, NewSigningKey, RevokeSigningKey, Rotate},
    store::{Rows, Store, transaction::Reads},
};

const LIST: &str = "/site/signing-keys";

#[derive(Debug, Template)]
#[template(path = "console/site_signing_key_new.html")]
struct RotatePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    algorithms: Vec<Choice>,
    lead: String,
    is_at_once: bool,
}

pub(super) fn ask_rotate(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let keys = signing_keys::show_all(rows, visit.authority)?;
    let in_use =
        |algorithm: &&SigningAlgorithm| keys.iter().any(|key| key.algorithm == **algorithm && key.state.is_published());
    let mut offered: Vec<SigningAlgorithm> = SigningAlgorithm::ALL.iter().filter(in_use).copied().collect();
    if offered.is_empty() {
        offered = SigningAlgorithm::ALL.to_vec();
    }
    let chosen = visit.value("algorithm", offered.first().map_or("", |first| first.as_str()));
    Html::of(&RotatePage {
        shell: visit.shell(),
        frame: visit.frame(super::SIGNING_KEYS),
        algorithms: offered.iter().map(|algorithm| Choice::new(algorithm, algorithm.as_str(), chosen)).collect(),
        lead: span::words(visit.console().schedule.publish_lead),
        is_at_once: visit.value("when", "later") == "now",
    })
}

pub(super) fn rotate(store: &Store, asked: &Asked) -> Result<Next, Refused> {
    // Whoever may not do it gets no key made.
    let (algorithm, at_once) = store.snapshot(|tx| {
        let authority = asked.authority(tx)?;
        signing_keys::show_all(tx, &authority)?;
        let visit = Visit::new(asked, &authority, None);
        let algorithm = visit.read("algorithm", <SigningAlgorithm as TextEnum>::parse)?;
        Ok::<_, Refused>((algorithm, visit.form().get("when") == Some("now")))
    })?;
    let (deps, schedule) = (asked.deps(), asked.console().schedule);
    let new = NewSigningKey::generate(deps, algorithm, asked.now())?;
    let rotated = store.change(|change| {
        let authority = asked.authority(change)?;
        if at_once {
            signing_keys::rotate_now(change, deps, &authority, new)
        } else {
            signing_keys::rotate(change, deps, &authority, Rotate { new, schedule })
        }
    })?;
    let signs = rotated.state == SigningKeyState::Active;
    Ok(Next::done(LIST, if signs { "signing-key-signs" } else { "signing-key-published" }))
}

/// The key of the page.
fn key(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<SigningKeyFacts, Refused> {
    let all = signing_keys::show_all(tx, visit.authority)?;
    let id: SigningKeyId = visit.path_text("signing_key").parse().map_err(|_| PageRefusal::not_found())?;
    all.into_iter().find(|key| key.id == id).ok_or_else(|| PageRefusal::not_found().into())
}

pub(super) fn ask_revoke(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let SigningKeyFacts { id, algorithm, state, .. } = key(rows, visit)?;
    let stops = match state {
        SigningKeyState::Active => format!(
            "It signs all {algorithm} tokens now. Every token that it signed is dead at once: of API keys, of applications \
             and of the people who use them."
        ),
        SigningKeyState::Passive => {
            format!(
                "It does not sign any more. The {algorithm} tokens that it signed and that still live are dead at once."
            )
        }
        SigningKeyState::Pending => "It has signed nothing yet, so nothing stops. It never will.".to_owned(),
        SigningKeyState::Retired | SigningKeyState::Revoked => "Its tokens are dead already.".to_owned(),
    };
    let mut says = vec![stops];
    if state == SigningKeyState::Active {
        says.push(
            "A new key signs from this moment on, so that programs get new tokens with the secrets they have."
                .to_owned(),
        );
    }
    says.push(
        "Resource servers that check signatures themselves go on accepting its tokens until they fetch the key set again."
            .to_owned(),
    );
    says.push(
        "Do this if the key may be stolen. To replace a key for any other reason, rotate it: then nothing stops."
            .to_owned(),
    );
    let title = format!("Revoke signing key {id}");
    Question { title, says, boxes: Vec::new(), is_danger: true, back: LIST.to_owned() }.page(visit, super::SIGNING_KEYS)
}

pub(super) fn revoke(store: &Store, asked: &Asked) -> Result<Next, Refused> {
    let key = store.snapshot(|tx| {
        let authority = asked.authority(tx)?;
        key(tx, &Visit::new(asked, &authority, None))
    })?;
    let deps = asked.deps();
    let replacement = NewSigningKey::generate(deps, key.algorithm, asked.now())?;
    store.change(|change| {
        let authority = asked.authority(change)?;
        signing_keys::revoke(change, deps, &authority, RevokeSigningKey { id: key.id, replacement })
    })?;
    Ok(Next::done(LIST, "signing-key-revoked"))
}
