//! The token in every form: a keyed hash over the browser, the session and what the form is for. It needs no storage, works
//! without a script, and is of no use in another browser, another session or another form (B1).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::browser::Browser;
use crate::{crypto::keyed_hash::Peppers, domain::ids::SessionId};

const PURPOSE: &str = "csrf";

/// The token of a form in this browser and session.
#[must_use]
pub fn token(peppers: &Peppers, browser: &Browser, session: Option<SessionId>, form: &str) -> String {
    URL_SAFE_NO_PAD.encode(with_parts(browser, session, form, |parts| peppers.tag(PURPOSE, parts)))
}

/// Whether a form brought its token, in constant time. A browser that was never here before brings none.
#[must_use]
pub fn is_token(
    peppers: &Peppers,
    browser: &Browser,
    session: Option<SessionId>,
    form: &str,
    presented: Option<&str>,
) -> bool {
    let Some(tag) = presented.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return false };
    !browser.is_new() && with_parts(browser, session, form, |parts| peppers.has_tagged(PURPOSE, parts, &tag))
}

fn with_parts<T>(browser: &Browser, session: Option<SessionId>, form: &str, work: impl FnOnce(&[&[u8]]) -> T) -> T {
    let session = session.map(|id| id.to_string()).unwrap_or_default();
    work(&[browser.as_bytes(), session.as_bytes(), form.as_bytes()])
}
