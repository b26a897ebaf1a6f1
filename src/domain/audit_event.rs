//! Audit events: who changed what, on whose authority. They never hold a secret.

use std::{collections::BTreeSet, fmt, net::IpAddr};

use serde_json::Value;
use uuid::Uuid;

use super::{
    ids::{ApiKeyId, ApplicationId, GrantId, Id, ResourceServerId, SessionId, SpaceId, UserId},
    key_pair::PublicId,
    workspace::WorkspaceNumber,
};

/// How many things an event is found by that are neither its target nor part of its origin.
const MOST_BESIDES: usize = 50;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody with access to the machine, through the command line.
    Operator,
    /// Keystead itself: rotation and cleanup.
    System,
    /// A user.
    User(UserId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A resource server.
    ResourceServer(ResourceServerId),
    /// An application, for the user of its token or for itself.
    Application(ApplicationId),
}

impl Actor {
    /// Word for the kind, and the id where there is one, as the table keeps them.
    #[must_use]
    pub fn parts(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Operator => ("operator", None),
            Self::System => ("system", None),
            Self::User(id) => ("user", Some(id.as_uuid())),
            Self::ApiKey(id) => ("api_key", Some(id.as_uuid())),
            Self::ResourceServer(id) => ("resource_server", Some(id.as_uuid())),
            Self::Application(id) => ("application", Some(id.as_uuid())),
        }
    }
}

impl Actor {
    /// The actor of this kind; none if the two do not belong together.
    #[must_use]
    pub fn of_parts(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("operator", None) => Some(Self::Operator),
            ("system", None) => Some(Self::System),
            ("user", Some(id)) => Some(Self::User(UserId::from_uuid(id))),
            ("api_key", Some(id)) => Some(Self::ApiKey(ApiKeyId::from_uuid(id))),
            ("resource_server", Some(id)) => Some(Self::ResourceServer(ResourceServerId::from_uuid(id))),
            ("application", Some(id)) => Some(Self::Application(ApplicationId::from_uuid(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator | Self::System => out.write_str(self.parts().0),
            Self::User(id) => id.fmt(out),
            Self::ApiKey(id) => id.fmt(out),
            Self::ResourceServer(id) => id.fmt(out),
            Self::Application(id) => id.fmt(out),
        }
    }
}

/// What an actor showed for itself (L102).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Credential {
    /// Nothing that has a name: access to the machine, a password, a link that is used up.
    #[default]
    Unnamed,
    /// A pair of a client, or a token that was got with it.
    Pair(PublicId),
    /// A consent, and the application's pair if it has one.
    Grant {
        /// The consent.
        grant: GrantId,
        /// The pair; none if the application is public.
        pair: Option<PublicId>,
    },
    /// A browser in which somebody is logged in.
    Session(SessionId),
}

impl Credential {
    /// This pair, or nothing.
    #[must_use]
    pub fn of(pair: Option<PublicId>) -> Self {
        pair.map_or(Self::Unnamed, Self::Pair)
    }

    /// The pair that was shown, by itself or behind a consent.
    #[must_use]
    pub const fn pair(self) -> Option<PublicId> {
        match self {
            Self::Pair(pair) => Some(pair),
            Self::Grant { pair, .. } => pair,
            Self::Unnamed | Self::Session(_) => None,
        }
    }

    /// The consent that was acted under.
    #[must_use]
    pub const fn grant(self) -> Option<GrantId> {
        match self {
            Self::Grant { grant, .. } => Some(grant),
            Self::Unnamed | Self::Pair(_) | Self::Session(_) => None,
        }
    }

    /// The session that was acted in.
    #[must_use]
    pub const fn session(self) -> Option<SessionId> {
        match self {
            Self::Session(session) => Some(session),
            Self::Unnamed | Self::Pair(_) | Self::Grant { .. } => None,
        }
    }
}

/// Who makes a change, with what, on whose authority, and where the request came from (KM-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// What the actor showed.
    pub credential: Credential,
    /// The user on whose authority the actor acts, if there is one.
    pub authority: Option<UserId>,
    /// Address of the peer, if there was one.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// A change made at the command line.
    pub const OPERATOR: Self = Self::nobody(Actor::Operator);

    /// What Keystead itself notes or does.
    pub const SYSTEM: Self = Self::nobody(Actor::System);

    const fn nobody(actor: Actor) -> Self {
        Self { actor, credential: Credential::Unnamed, authority: None, address: None }
    }

    /// A user, at this address.
    #[must_use]
    pub const fn user(id: UserId, address: Option<IpAddr>) -> Self {
        Self { actor: Actor::User(id), credential: Credential::Unnamed, authority: Some(id), address }
    }

    /// A client, at this address.
    #[must_use]
    pub const fn client(actor: Actor, credential: Credential, address: Option<IpAddr>) -> Self {
        Self { actor, credential, authority: None, address }
    }

    /// The same on the authority of this user.
    #[must_use]
    pub const fn on_authority_of(self, user: Option<UserId>) -> Self {
        Self { authority: user, ..self }
    }

    /// The same in this session.
    #[must_use]
    pub const fn in_session(self, session: SessionId) -> Self {
        Self { credential: Credential::Session(session), ..self }
    }
}

/// Something that an event is about and can be found by: the text form of an id, of a pair's public id, or
/// `workspace:` with a number. It contains no space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mention(String);

impl Mention {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mention {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

macro_rules! mentioned_by_text {
    ($($kind:ty),+) => {$(
        impl From<$kind> for Mention {
            fn from(id: $kind) -> Self {
                Self(id.to_string())
            }
        }
    )+};
}

mentioned_by_text!(ApiKeyId, ApplicationId, GrantId, PublicId, ResourceServerId, SessionId, UserId);

impl From<WorkspaceNumber> for Mention {
    fn from(number: WorkspaceNumber) -> Self {
        Self(format!("workspace:{}", number.get()))
    }
}

/// What is written beside a change, in its transaction (KM-16).
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Verb, such as `api_key.revoke`.
    pub action: &'static str,
    /// Text form of the id of what was changed.
    pub target: String,
    /// The space it belongs to, if any.
    pub space: Option<SpaceId>,
    /// The workspace that it is about, if it is about one.
    pub workspace: Option<WorkspaceNumber>,
    /// What it is about besides: pairs of the target, whoever owns it.
    pub also: Vec<Mention>,
    /// What changed: field names with values before and after, never secrets.
    pub detail: Value,
}

impl AuditEntry {
    /// What happened to the target, in its space.
    #[must_use]
    pub fn new(action: &'static str, target: impl fmt::Display, space: Option<SpaceId>, detail: Value) -> Self {
        Self { action, target: target.to_string(), space, workspace: None, also: Vec::new(), detail }
    }

    /// The same in this workspace.
    #[must_use]
    pub fn in_workspace(self, number: WorkspaceNumber) -> Self {
        Self { workspace: Some(number), ..self }
    }

    /// The same in these workspaces: in the one, or about each of several.
    #[must_use]
    pub fn in_workspaces(self, numbers: &[WorkspaceNumber]) -> Self {
        match numbers {
            [number] => self.in_workspace(*number),
            several => self.about_each(several.iter().copied()),
        }
    }

    /// The same about something more.
    #[must_use]
    pub fn about(mut self, other: impl Into<Mention>) -> Self {
        self.also.push(other.into());
        self
    }

    /// The same about each of these.
    #[must_use]
    pub fn about_each(mut self, others: impl IntoIterator<Item = impl Into<Mention>>) -> Self {
        self.also.extend(others.into_iter().map(Into::into));
        self
    }

    /// All that the event can be found by, each once and in order. Of what it is about besides the first fifty count, so that no
    /// event costs more than some rows.
    #[must_use]
    pub fn mentions(&self, origin: &Origin) -> BTreeSet<Mention> {
        let actor = match origin.actor {
            Actor::Operator | Actor::System => None,
            actor => Some(Mention(actor.to_string())),
        };
        // Targets that are no id are words for people, and nothing is found by them.
        let target = (!self.target.contains(' ')).then(|| Mention(self.target.clone()));
        let credential = origin.credential;
        let shown = [
            credential.pair().map(Mention::from),
            credential.grant().map(Mention::from),
            credential.session().map(Mention::from),
            origin.authority.map(Mention::from),
            self.workspace.map(Mention::from),
        ];
        actor
            .into_iter()
            .chain(target)
            .chain(shown.into_iter().flatten())
            .chain(self.also.iter().take(MOST_BESIDES).cloned())
            .collect()
    }
}
