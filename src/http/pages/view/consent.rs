//! `/consent`: the one question whether an application may have access.

use std::borrow::Cow;

use askama::Template;

use super::{Destination, RunBy, Shell, ShownUser};
use crate::http::pages::{
    filters,
    words::{self, Access, AccessLife},
};

/// The consent page. Its form posts `csrf`, `request`, `required`, a `scope` for every ticked optional scope, and
/// `decision`, which is `allow` or `deny`, to `/consent`. The link to another account is `/login?request=…&another=1`: it changes nothing.
#[derive(Debug, Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Name of the application.
    pub application: &'a str,
    /// Who runs it.
    pub run_by: RunBy<'a>,
    /// Name of the space that the user is at home in.
    pub home_space: &'a str,
    /// What that space says of the application.
    pub review: Review,
    /// Where the browser goes afterwards.
    pub returns_to: Destination,
    /// Who is asked.
    pub user: ShownUser<'a>,
    /// What it asks for, in the order to be shown.
    pub scopes: Vec<ScopeLine<'a>>,
    /// What it will not be able to do; [`words::not_able`] knows.
    pub not_able: Vec<&'a str>,
    /// Audiences that the access is for.
    pub apis: Vec<&'a str>,
    /// How long the access lasts.
    pub life: AccessLife,
    /// Handle of the authorization request.
    pub request: &'a str,
    /// CSRF token of the form.
    pub csrf: &'a str,
}

/// What the user's space says of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// It is its own.
    Own,
    /// It approved it.
    Approved,
    /// Nothing.
    None,
}

/// One scope that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLine<'a> {
    /// The value.
    pub value: &'a str,
    /// What it lets the application do, beginning with a verb.
    pub sentence: Cow<'a, str>,
    /// Whether it looks or alters; nothing for scopes that are about logging in.
    pub access: Option<Access>,
    /// Whether it cannot be left out; optional ones are ticked at first.
    pub required: bool,
    /// Whether an earlier consent did not have it.
    pub is_new: bool,
}

impl<'a> ScopeLine<'a> {
    /// A required scope that was not asked for before: the built-in ones in our words, others in the words that came with
    /// them or by their value. Change `required` and `is_new` where it is otherwise.
    #[must_use]
    pub fn new(value: &'a str, description: &'a str, access: Option<Access>) -> Self {
        let (sentence, access) = match words::built_in(value) {
            Some((sentence, access)) => (sentence, access),
            None if description.trim().is_empty() => (value, access),
            None => (description, access),
        };
        Self { value, sentence: Cow::Borrowed(sentence), access, required: true, is_new: false }
    }
}

impl ConsentPage<'_> {
    fn has_new(&self) -> bool {
        self.scopes.iter().any(|scope| scope.is_new)
    }

    /// What the page says cannot be left out, sent along so that nobody gives more than was shown (B5).
    fn required(&self) -> String {
        let required = self.scopes.iter().filter(|scope| scope.required);
        required.map(|scope| scope.value).collect::<Vec<_>>().join(" ")
    }

    fn has_optional(&self) -> bool {
        self.scopes.iter().any(|scope| !scope.required)
    }
}
