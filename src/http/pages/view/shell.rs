//! What every page has around it, and who people are on several of them.

use crate::http::pages::assets;

/// The frame of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shell<'a> {
    /// The path of the issuer: empty, or `/some/path` without a slash at the end. Every link begins with it.
    base: &'a str,
    /// The host of the issuer: where people are when they type a password.
    site: &'a str,
}

impl<'a> Shell<'a> {
    /// The frame of the pages of this site: `path_prefix` and `host` of its issuer.
    #[must_use]
    pub const fn new(base: &'a str, site: &'a str) -> Self {
        Self { base, site }
    }

    pub(in crate::http::pages) const fn base(&self) -> &'a str {
        self.base
    }

    pub(in crate::http::pages) const fn site(&self) -> &'a str {
        self.site
    }

    pub(in crate::http::pages) fn style(&self) -> String {
        self.asset(assets::style())
    }

    pub(in crate::http::pages) fn script(&self) -> String {
        self.asset(assets::script())
    }

    pub(in crate::http::pages) fn icon(&self) -> String {
        self.asset(assets::icon())
    }

    fn asset(&self, name: &str) -> String {
        format!("{}/assets/{name}", self.base)
    }
}

/// The user that a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownUser<'a> {
    /// Full name.
    pub name: &'a str,
    /// Login.
    pub login: &'a str,
    /// CSRF token of the button that logs out (`POST /logout`).
    pub log_out_csrf: &'a str,
}

/// Who is behind an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunBy<'a> {
    /// Name of the space that it belongs to.
    pub space: &'a str,
    /// Full name of the user that it belongs to, if it is somebody's own.
    pub user: Option<&'a str>,
}
