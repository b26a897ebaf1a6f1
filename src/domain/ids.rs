//! One newtype per kind of identifier. Ids are UUIDv7, written as a prefix, an underscore and 32 lower-case hex digits,
//! so that a stranger sees what an id names and an id of one kind cannot be taken for another.

use std::{fmt, str::FromStr};

use rand::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use uuid::{Builder, Uuid};

use super::time::Timestamp;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected an id of the form `{prefix}_` and 32 lower-case hexadecimal digits")]
pub struct InvalidId {
    /// Prefix that the expected kind carries.
    pub prefix: &'static str,
}

/// What all identifiers have in common: they are 16 bytes.
pub trait Id: Copy + Eq + std::hash::Hash + fmt::Display + fmt::Debug + Send + Sync + 'static {
    /// Letters before the underscore of the text form.
    const PREFIX: &'static str;

    /// The id with these 16 bytes.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The 16 bytes of this id.
    fn as_uuid(self) -> Uuid;

    /// A new id: UUIDv7 (RFC 9562 section 5.7) of this time.
    fn generate(at: Timestamp, random: &mut dyn Rng) -> Self {
        let mut tail = [0; 10];
        random.fill_bytes(&mut tail);
        let millis = u64::try_from(at.as_micros() / 1_000).unwrap_or_default();
        Self::from_uuid(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A tenant.
    SpaceId = "spc";
    /// A part of a space that roles are given in. Tokens name it by its number, see [`super::workspace::WorkspaceNumber`].
    WorkspaceId = "wsp";
    /// A person or a service account; `sub` of tokens that act for one.
    UserId = "usr";
    /// A named set of permissions.
    RoleId = "rol";
    /// An API key; its text form is the OAuth `client_id`, and `sub` of space-owned keys.
    ApiKeyId = "key";
    /// One of the two credentials of a client.
    KeyPairId = "par";
    /// A client that may introspect; its text form is its OAuth `client_id`.
    ResourceServerId = "rsv";
    /// A signing key; its text form is the `kid`.
    SigningKeyId = "sig";
    /// A key of keyed hashes.
    PepperId = "pep";
    /// One access token: its `jti`.
    TokenId = "tok";
    /// One audit event.
    AuditEventId = "aud";
    /// A key that the head of the audit chain is authenticated with.
    AuditKeyId = "auk";
    /// A link by which a person sets a first password.
    SetupLinkId = "stl";
    /// An invitation to set a first password.
    InvitationId = "inv";
    /// An application; its text form is its OAuth `client_id`.
    ApplicationId = "app";
    /// A user's consent to an application.
    GrantId = "gra";
    /// One authorization: all access and refresh tokens that came of one login.
    FamilyId = "fam";
    /// A browser in which somebody is logged in; `sid` of id tokens.
    SessionId = "ses";
    /// A request at the authorization endpoint that is kept until it is answered.
    AuthorizationRequestId = "arq";
    /// A code that is exchanged for tokens, once.
    AuthorizationCodeId = "cod";
    /// A refresh token.
    RefreshTokenId = "rft";
    /// A message to an application that a session ended; `jti` of logout tokens.
    LogoutNoticeId = "lgn";
    /// Something that people are told of; `webhook-id` of what is sent to webhooks.
    EventId = "evt";
    /// A webhook of a space.
    WebhookId = "whk";
    /// That the end of a key pair was announced, or passed over.
    ExpiryNoticeId = "exn";
    /// That the secret of a key pair was seen where it should not be.
    LeakId = "lek";
}

/// Who a token was issued to, as `client_id` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientId {
    /// An API key.
    ApiKey(ApiKeyId),
    /// An application.
    Application(ApplicationId),
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(id) => id.fmt(out),
            Self::Application(id) => id.fmt(out),
        }
    }
}

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self::Application).or_else(|_| text.parse().map(Self::ApiKey))
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

fn parse(text: &str, prefix: &'static str) -> Result<Uuid, InvalidId> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(InvalidId { prefix })?;
    let canonical = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !canonical {
        return Err(InvalidId { prefix });
    }
    Uuid::try_parse(digits).map_err(|_| InvalidId { prefix })
}
