//! Signing out: the question, which a link from elsewhere cannot answer, and what follows.

use askama::Template;

use super::{Destination, Shell, SignedIn};
use crate::http::pages::filters;

/// The question whether to sign out. Its form posts `csrf`, the `fields` and `decision`, which is `sign_out` or `stay`, to
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
    /// Who is signed in.
    pub user: SignedIn<'a>,
    /// Path of the form below the issuer, such as `/oauth/logout`.
    pub action: &'a str,
    /// Hidden fields, name and value.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// After signing out.
#[derive(Debug, Template)]
#[template(path = "pages/signed_out.html")]
pub struct SignedOutPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
}
