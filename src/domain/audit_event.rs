//! Audit events: who changed what, on whose authority. They never hold a secret.

use std::{fmt, net::IpAddr};

use serde_json::Value;
use uuid::Uuid;

use super::ids::{ApiKeyId, ApplicationId, Id, ResourceServerId, SpaceId, UserId};

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// On whose behalf a change is made and where the request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Address of the peer, if there was one.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// A change made at the command line.
    pub const OPERATOR: Self = Self { actor: Actor::Operator, address: None };

    /// What Keystead itself notes or does.
    pub const SYSTEM: Self = Self { actor: Actor::System, address: None };

    /// A user, at this address.
    #[must_use]
    pub const fn user(id: UserId, address: Option<IpAddr>) -> Self {
        Self { actor: Actor::User(id), address }
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
    /// What changed: field names with values before and after, never secrets.
    pub detail: Value,
}
