//! Data of the parts that pages are composed of: choices, pagers, lights.

use std::fmt::Display;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::asked::Visit;

/// One of several that a field offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

impl Choice {
    /// A choice, which is the one chosen if its value is `chosen`.
    pub(super) fn new(value: impl Display, text: impl Into<String>, chosen: &str) -> Self {
        let value = value.to_string();
        Self { is_chosen: value == chosen, value, text: text.into() }
    }
}

/// From one page of a list to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pager {
    /// The first page, unless it is this one.
    pub(super) first: Option<String>,
    /// The next page, if there is one.
    pub(super) next: Option<String>,
}

impl Pager {
    /// The pager of this page; `next` is the last item on it, if more follow. Filters stay as they are.
    pub(super) fn new(visit: &Visit<'_>, next: Option<impl Display>) -> Self {
        let query = visit.query();
        let filters = query.names().filter(|name| !matches!(*name, "after" | "done"));
        let filters = filters.filter_map(|name| query.get(name).map(|value| pair(name, value)));
        let filters: Vec<String> = filters.collect();
        let link = |after: Option<String>| {
            let all: Vec<String> = filters.iter().cloned().chain(after).collect();
            if all.is_empty() { visit.location().to_owned() } else { format!("{}?{}", visit.location(), all.join("&")) }
        };
        let next = next.map(|key| link(Some(pair("after", &key.to_string()))));
        Self { first: query.get("after").map(|_| link(None)), next }
    }
}

/// What was typed into one field as a list, apart by commas or spaces.
pub(super) fn listed(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([',', ' ']).filter(|part| !part.is_empty())
}

/// A name and its value as they stand in a query.
pub(super) fn pair(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
}

/// A state as a small shape and a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Light {
    /// It works.
    Good(&'static str),
    /// It works, and something is to be done.
    Warn(&'static str),
    /// It is off.
    Off(&'static str),
    /// It is over.
    Ended(&'static str),
}

impl Light {
    /// The class of its colour.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Good(_) => "good",
            Self::Warn(_) => "warn",
            Self::Off(_) => "off",
            Self::Ended(_) => "bad",
        }
    }

    /// Its shape.
    pub(super) const fn shape(&self) -> &'static str {
        match self {
            Self::Good(_) => "●",
            Self::Warn(_) => "◐",
            Self::Off(_) => "○",
            Self::Ended(_) => "✕",
        }
    }

    /// Its word.
    pub(super) const fn text(&self) -> &'static str {
        match self {
            Self::Good(text) | Self::Warn(text) | Self::Off(text) | Self::Ended(text) => text,
        }
    }
}
