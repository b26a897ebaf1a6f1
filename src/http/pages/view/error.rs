//! A request that leads nowhere: what happened and what to do next, and no redirect to anywhere.

use askama::Template;

use super::Shell;
use crate::http::pages::filters;

/// The error page.
#[derive(Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// The heading.
    pub title: &'a str,
    /// What happened.
    pub sentence: &'a str,
    /// What the reader can do.
    pub next: &'a str,
    /// A link or none.
    pub way_out: Option<WayOut<'a>>,
    /// A link to a registered place of an application, address and words, or none.
    pub elsewhere: Option<(&'a str, &'a str)>,
    /// For whoever is asked for help: a word such as `invalid_redirect_uri`.
    pub code: &'a str,
    /// Finds the log lines.
    pub request_id: &'a str,
}

/// A link of an error page to somewhere on this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayOut<'a> {
    /// Path below the issuer, beginning with `/`.
    pub path: &'a str,
    /// Where it leads, in words.
    pub text: &'a str,
}
