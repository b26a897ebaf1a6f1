//! A question before something is done: what it is, and what stops because of it.

use askama::Template;

use super::{
    asked::Visit,
    frame::{Frame, Place},
    refused::Refused,
    screen::Html,
};
use crate::http::pages::{filters, view::Shell};

/// The page with the question. Its form is posted to the page's own address.
#[derive(Debug, Template)]
#[template(path = "console/confirm.html")]
struct ConfirmPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    question: Question,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// The verb and the object: `Revoke Jenkins main`. It stands on the button too.
    pub(super) title: String,
    /// What it does and what stops, a sentence each.
    pub(super) says: Vec<String>,
    /// What else can be chosen: name of the field, and its words.
    pub(super) boxes: Vec<(&'static str, String)>,
    /// Whether something is lost by it.
    pub(super) is_danger: bool,
    /// The path below the issuer of the page that one came from.
    pub(super) back: String,
}

impl Question {
    /// The page that asks it.
    pub(super) fn page(self, visit: &Visit<'_>, place: Place<'_>) -> Result<Html, Refused> {
        Html::of(&ConfirmPage { shell: visit.shell(), frame: visit.frame(place), question: self })
    }
}
