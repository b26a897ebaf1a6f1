//! Events: what people and their systems are told of, by webhook and by mail. They never hold a secret or an address.

use std::{fmt, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ids::{ApiKeyId, ApplicationId, EventId, ResourceServerId, SpaceId, UserId, WebhookId},
    key_pair::PublicId,
    text_enum::text_enum,
    time::Timestamp,
};

text_enum! {
    /// What happened. The words are stable: receivers tell events by them.
    EventKind {
        /// A key pair ends soon.
        KeyPairExpiring = "key_pair.expiring",
        /// Somebody has seen the secret of a key pair where it should not be.
        KeyLeaked = "key.leaked",
        /// Somebody wants to know whether a webhook is heard.
        WebhookTest = "webhook.test",
    }
}

impl EventKind {
    /// Whether people are told of it by mail.
    #[must_use]
    pub const fn is_mailed(self) -> bool {
        match self {
            Self::KeyPairExpiring | Self::KeyLeaked => true,
            Self::WebhookTest => false,
        }
    }
}

/// What it happened to: a client, and which of its pairs, if it is about one; or a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSubject {
    /// An API key.
    ApiKey(ApiKeyId, Option<PublicId>),
    /// An application.
    Application(ApplicationId, Option<PublicId>),
    /// A resource server.
    ResourceServer(ResourceServerId, Option<PublicId>),
    /// A webhook.
    Webhook(WebhookId),
}

impl EventSubject {
    /// The member of `data` that names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApiKey(..) => "key",
            Self::Application(..) => "application",
            Self::ResourceServer(..) => "resource_server",
            Self::Webhook(_) => "webhook",
        }
    }

    /// The pair that it is about.
    #[must_use]
    pub const fn pair(self) -> Option<PublicId> {
        match self {
            Self::ApiKey(_, pair) | Self::Application(_, pair) | Self::ResourceServer(_, pair) => pair,
            Self::Webhook(_) => None,
        }
    }

    /// The subject with this id, as [`fmt::Display`] writes it; its kind is read off the prefix.
    #[must_use]
    pub fn parse(id: &str, pair: Option<PublicId>) -> Option<Self> {
        let key = id.parse().map(|id| Self::ApiKey(id, pair));
        let application = || id.parse().map(|id| Self::Application(id, pair));
        let server = || id.parse().map(|id| Self::ResourceServer(id, pair));
        key.or_else(|_| application()).or_else(|_| server()).or_else(|_| id.parse().map(Self::Webhook)).ok()
    }
}

impl fmt::Display for EventSubject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(id, _) => id.fmt(out),
            Self::Application(id, _) => id.fmt(out),
            Self::ResourceServer(id, _) => id.fmt(out),
            Self::Webhook(id) => id.fmt(out),
        }
    }
}

/// Whose it is, which decides who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOwner {
    /// A user's: the user is told by mail, and the webhooks of the space.
    User {
        /// The user.
        id: UserId,
        /// The space of the subject.
        space: SpaceId,
    },
    /// A space's: those who manage its keys are told by mail, and its webhooks.
    Space(SpaceId),
    /// The site's: those who manage it are told by mail.
    Site,
}

impl EventOwner {
    /// The space whose webhooks and lists have the event.
    #[must_use]
    pub const fn space(self) -> Option<SpaceId> {
        match self {
            Self::User { space, .. } | Self::Space(space) => Some(space),
            Self::Site => None,
        }
    }

    /// The user, if it is one's.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(id),
            Self::Space(_) | Self::Site => None,
        }
    }
}

/// What is to be told. It becomes an event with an id and a time when it is announced.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// What happened.
    pub kind: EventKind,
    /// What it happened to.
    pub subject: EventSubject,
    /// Whose that is.
    pub owner: EventOwner,
    /// What else is known, such as a name or a time; neither secrets nor addresses.
    pub detail: Map<String, Value>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Identifier: the same however often and by whatever way it is told.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub told: Announcement,
}

text_enum! {
    /// By which way a receiver is told.
    Channel {
        /// A call to a webhook.
        Webhook = "webhook",
        /// A letter to a user.
        Mail = "mail",
    }
}

text_enum! {
    /// Where a delivery stands.
    DeliveryState {
        /// It is tried again.
        Waiting = "waiting",
        /// The receiver took note.
        Delivered = "delivered",
        /// Nobody wanted to hear any more.
        Dropped = "dropped",
        /// The receiver did not take note for days.
        GivenUp = "given_up",
    }
}

/// For how long it is tried to tell a receiver.
pub const DELIVERY_LIFE: Duration = Duration::from_hours(4 * 24);

/// For how long events are kept.
pub const EVENT_LIFE: Duration = Duration::from_hours(90 * 24);

/// An event as webhooks get it and lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventMessage {
    /// Identifier.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// The space; none if it is the site's.
    pub space: Option<SpaceId>,
    /// The subject by its kind, its `pair` and its `owner`, and whatever else is known.
    pub data: Map<String, Value>,
}

impl Event {
    /// The event as it is told.
    #[must_use]
    pub fn message(&self) -> EventMessage {
        let Announcement { kind, subject, owner, detail } = &self.told;
        let mut data = detail.clone();
        data.insert(subject.word().to_owned(), Value::String(subject.to_string()));
        if let Some(pair) = subject.pair() {
            data.insert("pair".to_owned(), Value::String(pair.to_string()));
        }
        if let Some(user) = owner.user() {
            data.insert("owner".to_owned(), Value::String(user.to_string()));
        }
        EventMessage { id: self.id, kind: *kind, at: self.at, space: owner.space(), data }
    }
}
