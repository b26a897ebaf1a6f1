//! The table of the API: one row for each operation, beside its handler. Routes, the OpenAPI document, the
//! documentation page and the tests of rights are all made from these rows, so nothing is served that they do not tell
//! of (K1).

use super::handler::Handler;

/// How a path is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Shows something.
    Get,
    /// Makes something, or does something to a thing.
    Post,
    /// Puts something in the place of what is there.
    Put,
    /// Changes the members that are named.
    Patch,
    /// Removes something.
    Delete,
}

impl Verb {
    /// The method of HTTP.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What the caller needs besides a token of the right scope. It is said here and decided in [`crate::manage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Not even a token: anybody may call it.
    Nobody,
    /// Nothing more: it concerns the caller alone.
    Token,
    /// To act for a user: a key of a user, or an application.
    User,
    /// To belong to the place: what is shown is narrowed to what the caller may know.
    Membership(&'static str),
    /// One of these permissions of the catalogue, at this place.
    OneOf(&'static [&'static str], &'static str),
}

impl std::fmt::Display for Needs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nobody => out.write_str("no token: anybody may call it"),
            Self::Token => out.write_str("any active token"),
            Self::User => out.write_str("a token that acts for a user"),
            Self::Membership(place) => write!(out, "to belong to {place}"),
            Self::OneOf(permissions, place) => write!(out, "{} in {place}", permissions.join(" or ")),
        }
    }
}

/// A parameter of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryParameter {
    /// Its name. If a path has a parameter of this name, it names the same in the same form.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Words that it may have; empty if it is free text.
    pub words: &'static [&'static str],
}

/// One operation: everything that is known of it.
pub struct Operation {
    /// Name for generated clients, such as `create_workspace`; never changes.
    pub id: &'static str,
    /// How the path is called.
    pub verb: Verb,
    /// The path below `/api/v1`, such as `/workspaces/{workspace}`. [`super::request::PATH_PARAMETERS`] knows the names
    /// in braces.
    pub path: &'static str,
    /// The chapter of the documentation.
    pub tag: &'static str,
    /// What it does, in one sentence without a full stop.
    pub summary: &'static str,
    /// What the caller needs.
    pub needs: Needs,
    /// Parameters of the query, beside those of pages.
    pub query: &'static [QueryParameter],
    /// Refusals of its own, as status and code. Those that come with the kind of operation are in
    /// [`super::refusals`].
    pub refusals: &'static [(u16, &'static str)],
    /// A body that fits, as JSON; empty if it takes none.
    pub example: &'static str,
    /// What answers it.
    pub handler: Handler,
}

impl Operation {
    /// The names in braces.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The scope that a token needs for it, if it needs a token (K8).
    #[must_use]
    pub const fn scope(&self) -> Option<&'static str> {
        match self.needs {
            Needs::Nobody => None,
            _ if self.handler.kind.only_looks() => Some("read"),
            _ => Some("write"),
        }
    }
}
