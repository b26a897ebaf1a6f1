//! Forms that alter what is there carry a mark of what they showed. Whoever sends one that shows an older state would put back
//! what somebody else altered meanwhile, and perhaps in a hurry; so that is refused, and the form is shown as things are now.

use std::fmt::Debug;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{asked::Visit, refused::Refused};
use crate::manage;

const FIELD: &str = "seen";
const PURPOSE: &str = "state that a form of the console showed";

/// The mark of a state: whatever the form can alter.
pub(super) fn mark(visit: &Visit<'_>, state: &impl Debug) -> String {
    let parts = [visit.location().as_bytes(), format!("{state:?}").as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(visit.peppers().tag(PURPOSE, &[&parts]))
}

/// Refuses a form that showed another state than this one, read in the change that carries the form out.
///
/// # Errors
/// `changed_meanwhile`.
pub(super) fn refuse_other(visit: &Visit<'_>, state: &impl Debug) -> Result<(), Refused> {
    if visit.form().get(FIELD) == Some(mark(visit, state).as_str()) {
        Ok(())
    } else {
        Err(manage::Error::ChangedMeanwhile.into())
    }
}
