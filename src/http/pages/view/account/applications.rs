//! `/account/applications`: what may act for the user, and an end to it.

use std::borrow::Cow;

use askama::Template;

use crate::http::pages::{
    filters,
    moment::Moment,
    view::{RunBy, Shell, ShownUser},
    words::{self, Done},
};

/// The authorized applications. Each has a form that posts `csrf` and `grant` to `/account/applications/withdraw`.
#[derive(Debug, Template)]
#[template(path = "pages/account_applications.html")]
pub struct AccountApplicationsPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Whose they are.
    pub user: ShownUser<'a>,
    /// What has just been done.
    pub done: Option<Done<'a>>,
    /// The applications, the one used last first.
    pub applications: Vec<AuthorizedApplication<'a>>,
    /// CSRF token of the forms.
    pub csrf: &'a str,
}

/// An application with access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizedApplication<'a> {
    /// Id of the grant, field `grant`.
    pub grant: Cow<'a, str>,
    /// Its name.
    pub name: &'a str,
    /// Who runs it.
    pub run_by: RunBy<'a>,
    /// What it may do, in words.
    pub scopes: Vec<&'a str>,
    /// When the user first said yes.
    pub authorized: Moment,
    /// When it was used last, if ever.
    pub last_used: Option<Moment>,
    /// At how many places the user is logged in to it.
    pub logins: u64,
}

impl AuthorizedApplication<'_> {
    fn what_stops(&self) -> String {
        words::withdrawal(self.logins)
    }
}
