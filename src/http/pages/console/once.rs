//! Forms that make a secret are carried out once: whoever reloads the page that shows it gets no second key, and nobody
//! gets to see the same secret again (L107, KM-19).

use super::{Refused, asked::Visit, screen::Next};
use crate::{
    crypto::random::OsRandom,
    manage,
    store::{
        Change,
        idempotent_answers::{self, IdempotentAnswer, KEPT},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The field that such a form carries.
pub(super) const FIELD: &str = "once";
const PURPOSE: &str = "form of the console";
/// Characters of the field: 16 random bytes.
const LENGTH: usize = 22;

/// The value of the field of a form that is shown.
///
/// # Errors
/// The system gives no randomness.
pub(super) fn token(visit: &Visit<'_>) -> Result<String, Refused> {
    match visit.form().get(FIELD).filter(|sent| is_token(sent)) {
        // A form that was refused has not been carried out.
        Some(sent) => Ok(sent.to_owned()),
        None => Ok(URL_SAFE_NO_PAD.encode(OsRandom::bytes::<16>().map_err(manage::Error::from)?)),
    }
}

fn is_token(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Carries out the form unless that was done, and then leads to what it made. `make` answers where that is, and what
/// comes next.
///
/// # Errors
/// Those of `make`.
pub(super) fn once(
    change: &mut Change<'_>,
    visit: &Visit<'_>,
    make: impl FnOnce(&mut Change<'_>) -> Result<(String, Next), Refused>,
) -> Result<Next, Refused> {
    let Some(sent) = visit.form().get(FIELD).filter(|sent| is_token(sent)) else {
        return Err(crate::http::pages::refusal::PageRefusal::foreign_form().into());
    };
    let caller = visit.who().user.id.to_string();
    let request_hash = visit.peppers().tag(PURPOSE, &[visit.location().as_bytes()]).to_vec();
    if let Some(known) = idempotent_answers::find(change, &caller, sent, change.now().minus(KEPT))? {
        return if known.request_hash == request_hash {
            Ok(Next::done(&known.answer, "shown-before"))
        } else {
            Err(manage::Error::IdempotencyKeyReused.into())
        };
    }
    let (path, next) = make(change)?;
    idempotent_answers::insert(change, &caller, sent, &IdempotentAnswer { request_hash, answer: path })?;
    Ok(next)
}
