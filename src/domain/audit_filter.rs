//! Which audit events somebody wants to see.

use std::{collections::BTreeSet, str::FromStr};

use thiserror::Error;

use super::{
    audit_action::ACTIONS,
    audit_event::Mention,
    ids::{ApiKeyId, ApplicationId, AuditEventId, GrantId, SessionId, SpaceId, UserId},
    key_pair::PublicId,
    time::Timestamp,
    time_key::TimeKey,
    workspace::WorkspaceNumber,
};

/// Whose events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Those of one space.
    Space(SpaceId),
    /// Those that belong to no space: of the site itself, its resource servers and its signing keys.
    Site,
    /// All.
    Everything,
}

/// What events are about and when they happened; they must fit all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// This user acted, was acted for, or was acted on.
    pub user: Option<UserId>,
    /// This key.
    pub key: Option<ApiKeyId>,
    /// This pair.
    pub pair: Option<PublicId>,
    /// This consent.
    pub grant: Option<GrantId>,
    /// This workspace.
    pub workspace: Option<WorkspaceNumber>,
    /// This application.
    pub application: Option<ApplicationId>,
    /// This session.
    pub session: Option<SessionId>,
    /// One of these was done.
    pub actions: Option<Actions>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// What events must be about, and first what few are about: there a search begins.
    #[must_use]
    pub fn mentions(&self) -> Vec<Mention> {
        let given = [
            self.session.map(Mention::from),
            self.pair.map(Mention::from),
            self.grant.map(Mention::from),
            self.key.map(Mention::from),
            self.user.map(Mention::from),
            self.application.map(Mention::from),
            self.workspace.map(Mention::from),
        ];
        given.into_iter().flatten().collect()
    }
}

/// One action, or all of one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions(Vec<&'static str>);

/// The text names no action.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "write an action, such as `api_key.revoke`, or what all actions on a kind of thing begin with, such as `api_key.`"
)]
pub struct UnknownAction;

impl FromStr for Actions {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        let is_meant = |name: &&str| if text.ends_with('.') { name.starts_with(text) } else { *name == text };
        let named: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).filter(is_meant).collect();
        if named.is_empty() { Err(UnknownAction) } else { Ok(Self(named)) }
    }
}

impl Actions {
    /// This one.
    #[must_use]
    pub fn one(action: &'static str) -> Self {
        Self(vec![action])
    }

    /// Everything that can be asked for: each action, and what all on a kind of thing begin with.
    #[must_use]
    pub fn words() -> BTreeSet<&'static str> {
        let named = ACTIONS.iter().map(|(name, _)| *name);
        named.flat_map(|name| [Some(name), name.split_inclusive('.').next()]).flatten().collect()
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.0
    }
}

/// The place of an event among others: later ones come first.
pub type EventKey = TimeKey<AuditEventId>;
