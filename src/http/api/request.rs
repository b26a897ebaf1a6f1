//! A request of the API as its handler sees it: who asks, what the path and the query name, under which conditions.

use std::{collections::BTreeMap, fmt::Display, str::FromStr, sync::Arc};

use super::{
    cursor::{self, CursorKey},
    problem::Problem,
    query::Query,
};
use crate::{
    crypto::key_ring::KeyRing,
    domain::{
        access_token::AccessToken,
        authority::Authority,
        ids::{
            ApiKeyId, ApplicationId, AuditEventId, EventId, GrantId, Id, ResourceServerId, RoleId, SessionId, SpaceId,
            UserId, WebhookId,
        },
        key_pair::PublicId,
        page::PageRequest,
        time::Timestamp,
        time_span,
        workspace::WorkspaceNumber,
    },
    http::etag::Tags,
    manage::{self, Deps, authority::TokenCaller, invitations::InvitationRules},
};

/// A parameter of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathParameter {
    /// Its name in the braces.
    pub name: &'static str,
    /// What it names.
    pub description: &'static str,
    /// The form of its text, as a regular expression.
    pub pattern: &'static str,
}

/// All parameters that paths may have.
pub const PATH_PARAMETERS: &[PathParameter] = &[
    parameter("space", "Id of the space", "^spc_[0-9a-f]{32}$"),
    parameter("workspace", "Number of the workspace", "^[1-9][0-9]{0,17}$"),
    parameter("user", "Id of the user", "^usr_[0-9a-f]{32}$"),
    parameter("role", "Id of the role", "^rol_[0-9a-f]{32}$"),
    parameter("role_name", "Name of the role", "^[a-z][a-z0-9_]{1,63}$"),
    parameter("key", "Id of the API key, its `client_id`", "^key_[0-9a-f]{32}$"),
    parameter("pair", "Public id of the key pair", "^[0-9A-Za-z]{16}$"),
    parameter("resource_server", "Id of the resource server", "^rsv_[0-9a-f]{32}$"),
    parameter("application", "Id of the application, its `client_id`", "^app_[0-9a-f]{32}$"),
    parameter("grant", "Id of the entry of the authorized applications", "^gra_[0-9a-f]{32}$"),
    parameter("session", "Id of the session", "^ses_[0-9a-f]{32}$"),
    parameter("webhook", "Id of the webhook", "^whk_[0-9a-f]{32}$"),
    parameter("event", "Id of the event", "^evt_[0-9a-f]{32}$"),
    parameter("audit_event", "Id of the audit event", "^aud_[0-9a-f]{32}$"),
    parameter("name", "Name of the permission", "^[a-z0-9_.-]+$"),
];

/// Parameters of the query that have a form of their own, and that form as a regular expression.
pub const QUERY_FORMS: &[(&str, &str)] = &[("expiring_within", time_span::PATTERN), ("unused_for", time_span::PATTERN)];

const fn parameter(name: &'static str, description: &'static str, pattern: &'static str) -> PathParameter {
    PathParameter { name, description, pattern }
}

/// A value that stands in a path. Its type tells the name of the parameter.
pub trait PathValue: Sized {
    /// Name of the parameter.
    const NAME: &'static str;
    /// What it names, in words.
    const WHAT: &'static str;

    /// Reads it. What has another form names nothing that exists.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! path_values {
    ($($type:ty = $name:literal, $what:literal, $read:expr;)+) => {$(
        impl PathValue for $type {
            const NAME: &'static str = $name;
            const WHAT: &'static str = $what;

            fn read(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }
        }
    )+};
}

path_values! {
    SpaceId = "space", "space", id;
    WorkspaceNumber = "workspace", "workspace", Self::parse;
    UserId = "user", "user", id;
    RoleId = "role", "role", id;
    ApiKeyId = "key", "API key", id;
    PublicId = "pair", "key pair", |text| text.parse().ok();
    ResourceServerId = "resource_server", "resource server", id;
    ApplicationId = "application", "application", id;
    GrantId = "grant", "authorized application", id;
    SessionId = "session", "session", id;
    WebhookId = "webhook", "webhook", id;
    EventId = "event", "event", id;
    AuditEventId = "audit_event", "audit event", id;
}

fn id<I: Id + FromStr>(text: &str) -> Option<I> {
    text.parse().ok()
}

/// Everything of a request that was read before the database is asked.
pub(super) struct Request {
    /// The row that answers it.
    pub(super) operation: &'static str,
    /// Who asks.
    pub(super) caller: TokenCaller,
    /// Values of the path, by name.
    pub(super) path: BTreeMap<&'static str, String>,
    /// Values of the query.
    pub(super) query: Query,
    /// The body, if the operation takes one.
    pub(super) body: serde_json::Map<String, serde_json::Value>,
    /// Its canonical text, for operations that may be repeated.
    pub(super) canonical_body: String,
    /// What the caller says that it read.
    pub(super) if_match: Option<Tags>,
    /// What the caller says that it has.
    pub(super) if_none_match: Option<Tags>,
    /// By which the caller may ask again.
    pub(super) idempotency_key: Option<String>,
    /// Peppers, which sign what comes back.
    pub(super) ring: Arc<KeyRing>,
    /// What use cases need.
    pub(super) deps: Deps,
    /// What the settings say about invitations.
    pub(super) invitations: InvitationRules,
}

impl Request {
    /// The page that is asked for.
    pub(super) fn page<K: CursorKey>(&self) -> Result<PageRequest<K>, Problem> {
        let after = self.query.cursor().map(|cursor| cursor::open(self.ring.peppers(), &self.list(), cursor));
        Ok(PageRequest { after: after.transpose()?, size: self.query.page_size()? })
    }

    /// The cursor of the page behind this item.
    pub(super) fn cursor_after(&self, key: &impl CursorKey) -> String {
        cursor::make(self.ring.peppers(), &self.list(), key)
    }

    /// What a cursor belongs to: the operation, the path and the filter.
    fn list(&self) -> Vec<&[u8]> {
        let mut list = vec![self.operation.as_bytes()];
        for (name, value) in self.path.iter().map(|(name, value)| (*name, value.as_str())).chain(self.query.filter()) {
            list.extend([name.as_bytes(), value.as_bytes()]);
        }
        list
    }
}

/// What a handler is called with, beside its transaction and its input.
pub struct Call<'a> {
    /// The caller's rights, from the rows of this transaction.
    pub authority: &'a Authority,
    request: &'a Request,
}

impl<'a> Call<'a> {
    pub(super) const fn new(request: &'a Request, authority: &'a Authority) -> Self {
        Self { authority, request }
    }

    pub(super) const fn request(&self) -> &'a Request {
        self.request
    }

    pub(super) const fn if_match(&self) -> Option<&'a Tags> {
        self.request.if_match.as_ref()
    }

    /// What use cases need.
    #[must_use]
    pub const fn deps(&self) -> &'a Deps {
        &self.request.deps
    }

    /// What the settings say about invitations.
    #[must_use]
    pub const fn invitations(&self) -> InvitationRules {
        self.request.invitations
    }

    /// The token that was presented.
    #[must_use]
    pub const fn token(&self) -> &'a AccessToken {
        &self.request.caller.token
    }

    /// The time at which the caller was let in.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.request.caller.now
    }

    /// The value of the path of this type: `let space: SpaceId = call.path()?`.
    ///
    /// # Errors
    /// `not_found`: what has another form names nothing that exists.
    pub fn path<T: PathValue>(&self) -> Result<T, Problem> {
        let given = self.text(T::NAME);
        T::read(given).ok_or_else(|| manage::Error::NotFound { what: T::WHAT, given: given.to_owned() }.into())
    }

    /// The text of a path parameter that has no type of its own.
    #[must_use]
    pub fn text(&self, name: &str) -> &'a str {
        self.request.path.get(name).map_or("", String::as_str)
    }

    /// A parameter of the query that is free text.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&'a str> {
        self.request.query.get(name)
    }

    /// A parameter of the query that has a form.
    ///
    /// # Errors
    /// `invalid_parameter` with the parser's sentence.
    pub fn parsed_query<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        let parsed = self.query(name).map(str::parse).transpose();
        parsed.map_err(|error| Problem::invalid_parameter(name, &error))
    }
}
