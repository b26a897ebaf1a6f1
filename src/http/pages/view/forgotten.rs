//! `/password/forgotten`: asking for a link, and the answer, which is the same for everybody.

use askama::Template;

use super::Shell;
use crate::http::pages::{
    filters,
    words::{self, Complaint, LoginProblem},
};

/// The page that asks whose password it is. Its form posts `csrf` and `login` to `/password/forgotten`.
#[derive(Debug, Template)]
#[template(path = "pages/forgotten.html")]
pub struct ForgottenPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// The login or e-mail address typed before.
    pub login: &'a str,
    /// CSRF token of the form.
    pub csrf: &'a str,
    /// Why the page is shown again: never because of who was named.
    pub problem: Option<LoginProblem>,
}

/// The answer, whether or not there is such a user.
#[derive(Debug, Template)]
#[template(path = "pages/forgotten_sent.html")]
pub struct ForgottenSentPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
}

impl ForgottenPage<'_> {
    fn complaint(&self) -> Option<Complaint> {
        self.problem.as_ref().map(LoginProblem::complaint)
    }
}
