//! `/login`: login and password on one page.

use askama::Template;

use super::{Destination, Shell};
use crate::http::pages::{
    filters,
    words::{self, Complaint, LoginProblem},
};

/// The login page. Its form posts `csrf`, `request`, `login` and `password` to `/login`.
#[derive(Debug, Template)]
#[template(path = "pages/login.html")]
pub struct LoginPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// The application that the user logs in to; none if it is for the account pages.
    pub application: Option<LoginTo<'a>>,
    /// Handle of the waiting authorization request, field `request`.
    pub request: Option<&'a str>,
    /// The page that somebody wanted to see, field `next`.
    pub next: Option<&'a str>,
    /// CSRF token of the form.
    pub csrf: &'a str,
    /// The login typed before, or the hint of the application.
    pub login: &'a str,
    /// Why the page is shown again.
    pub problem: Option<LoginProblem>,
    /// Whether passwords can be reset by e-mail.
    pub reset_available: bool,
}

/// The application that a login is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it takes the user afterwards.
    pub returns_to: Destination,
}

impl LoginPage<'_> {
    fn complaint(&self) -> Option<Complaint> {
        self.problem.as_ref().map(LoginProblem::complaint)
    }
}
