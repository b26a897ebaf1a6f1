//! Logging out: the question, which a link from elsewhere cannot answer, and what follows.

use askama::Template;

use super::{Destination, Shell, ShownUser};
use crate::http::pages::filters;

/// The question whether to log out. Its form posts `csrf`, the `fields` and `decision`, which is `log_out` or `stay`, to
/// `action`.
#[derive(Debug, Template)]
#[template(path = "pages/logout.html")]
pub struct LogoutPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Name of the application that asks.
    pub application: Option<&'a str>,
    /// Where the browser goes afterwards.
    pub returns_to: Option<Destination>,
    /// Who is logged in.
    pub user: ShownUser<'a>,
    /// Path of the form below the issuer, such as `/oauth/logout`.
    pub action: &'a str,
    /// Hidden fields, name and value.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// After logging out.
#[derive(Debug, Template)]
#[template(path = "pages/logged_out.html")]
pub struct LoggedOutPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
}
