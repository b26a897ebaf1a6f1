//! `/account/password`: a new password for one's own account.

use askama::Template;

use crate::http::pages::{
    filters,
    view::{Shell, ShownUser},
    words::{self, Complaint, Done, PasswordProblem},
};

/// The page to change the password. Its form posts `csrf`, `current` and `password` to `/account/password`.
#[derive(Debug, Template)]
#[template(path = "pages/account_password.html")]
pub struct AccountPasswordPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Whose it is.
    pub user: ShownUser<'a>,
    /// What has just been done.
    pub done: Option<Done<'a>>,
    /// Fewest characters of a password.
    pub least: usize,
    /// CSRF token of the form.
    pub csrf: &'a str,
    /// Why the page is shown again.
    pub problem: Option<PasswordProblem>,
}

impl AccountPasswordPage<'_> {
    fn complaint(&self) -> Option<Complaint> {
        self.problem.as_ref().map(PasswordProblem::complaint)
    }

    fn hint(&self) -> String {
        words::password_hint(self.least)
    }
}
