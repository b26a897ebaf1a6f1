//! `/account/sessions`: the browsers that the user is logged in with, and an end to them.

use std::borrow::Cow;

use askama::Template;

use crate::http::pages::{
    filters,
    moment::Moment,
    view::{Shell, ShownUser},
    words::Done,
};

/// The sessions. Each but this one has a form that posts `csrf` and `session` to `/account/sessions/end`; one more posts
/// `csrf` to `/account/sessions/end-others`.
#[derive(Debug, Template)]
#[template(path = "pages/account_sessions.html")]
pub struct AccountSessionsPage<'a> {
    /// The frame.
    pub shell: Shell<'a>,
    /// Whose they are.
    pub user: ShownUser<'a>,
    /// What has just been done.
    pub done: Option<Done<'a>>,
    /// The sessions, this one first.
    pub sessions: Vec<SessionLine<'a>>,
    /// CSRF token of the forms.
    pub csrf: &'a str,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionLine<'a> {
    /// Its id, field `session`.
    pub session: Cow<'a, str>,
    /// Whether it is the one that shows the page.
    pub is_this: bool,
    /// What the browser calls itself, shortened: `Firefox on Linux`.
    pub device: Cow<'a, str>,
    /// Where the last request came from.
    pub address: Cow<'a, str>,
    /// When it began.
    pub logged_in: Moment,
    /// When it was used last.
    pub last_seen: Moment,
    /// When it ends by itself.
    pub expires: Moment,
}

impl AccountSessionsPage<'_> {
    fn others(&self) -> usize {
        self.sessions.iter().filter(|session| !session.is_this).count()
    }
}
