//! The audit log of a space and of the site: a list to filter, one event, and the export.

mod event;
mod export;
mod filter;
mod list;
mod reference;
mod words;

use super::{
    asked::Visit,
    frame::{Place, SiteTab, SpaceTab},
    refused::Refused,
    screen::Screen,
};
use crate::{
    domain::{audit_filter::Stream, space::Space},
    manage::spaces,
    store::transaction::Reads,
};

pub(super) fn screens() -> Vec<Screen> {
    // The export stands before the events, whose ids fit the same place.
    [list::screens(), export::screens(), event::screens()].into_iter().flatten().collect()
}

/// A log that is looked at.
#[derive(Debug)]
struct Log {
    stream: Stream,
    /// Its first page, below the path of the issuer.
    path: String,
    space: Option<Space>,
}

impl Log {
    /// That of the space in the path.
    fn of_space(rows: &mut impl Reads, visit: &Visit<'_>) -> Result<Self, Refused> {
        let space = spaces::find(rows, visit.authority, visit.path()?)?;
        Ok(Self { stream: Stream::Space(space.id), path: format!("/spaces/{}/audit", space.id), space: Some(space) })
    }

    /// What happened in no space.
    fn of_site() -> Self {
        Self { stream: Stream::Site, path: "/site/audit".to_owned(), space: None }
    }

    const fn place(&self) -> Place<'_> {
        match &self.space {
            Some(space) => Place::Space(space, SpaceTab::Audit),
            None => Place::Site(SiteTab::Audit),
        }
    }

    /// The log with a filter.
    fn find(&self, filter: &str, value: &str) -> String {
        format!("{}?{}", self.path, super::parts::pair(filter, value))
    }
}
