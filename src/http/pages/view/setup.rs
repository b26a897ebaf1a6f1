//! `/setup/{link}`: choosing a password by an invitation or a reset link.

use askama::Template;

use super::Shell;
use crate::http::pages::{
    filters,
    words::{self, Complaint, PasswordProblem},
};

/// The page of an invitation or reset link. Its form posts `csrf`, `request` and `password` to `/setup/{link}`.
#[derive(Debug, Template)]
#[template(path = "pages/setup.html")]
pub struct SetupPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Full name of the user.
    pub name: &'a str,
    /// Login of the user.
    pub login: &'a str,
    /// Whether it is the first password.
    pub is_first: bool,
    /// Fewest characters of a password.
    pub least: usize,
    /// The secret text of the link.
    pub link: &'a str,
    /// Handle of the authorization request that waits meanwhile, field `request`.
    pub request: Option<&'a str>,
    /// CSRF token of the form.
    pub csrf: &'a str,
    /// Why the page is shown again.
    pub problem: Option<PasswordProblem>,
}

impl SetupPage<'_> {
    fn complaint(&self) -> Option<Complaint> {
        self.problem.as_ref().map(PasswordProblem::complaint)
    }

    fn hint(&self) -> String {
        words::password_hint(self.least)
    }
}
