//! What the change log speaks of: the widest thing that a change altered.

use uuid::Uuid;

use super::{
    ids::{
        ApiKeyId, ApplicationId, FamilyId, GrantId, Id, ResourceServerId, RoleId, SpaceId, TokenId, UserId, WorkspaceId,
    },
    key_pair::PublicId,
    text_enum::text_enum,
};

text_enum! {
    /// Kind of a [`Subject`].
    SubjectKind {
        /// The installation: its settings and audiences.
        Site = "site",
        /// Signing keys and peppers.
        KeyRing = "key_ring",
        /// A space.
        Space = "space",
        /// A workspace.
        Workspace = "workspace",
        /// The definition of a role.
        Role = "role",
        /// A user, including roles held.
        User = "user",
        /// An API key, including roles and pairs.
        ApiKey = "api_key",
        /// A resource server, including audiences and pairs.
        ResourceServer = "resource_server",
        /// Which client a public id, or an id brought along from another system, belongs to.
        Pair = "pair",
        /// A token that was revoked by itself.
        Token = "token",
        /// An application, including URIs, scopes and pairs.
        Application = "application",
        /// A user's consent to an application.
        Grant = "grant",
        /// The tokens of one authorization.
        Family = "family",
    }
}

/// One row of the change log names one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The installation.
    Site,
    /// Signing keys and peppers.
    KeyRing,
    /// A space.
    Space(SpaceId),
    /// A workspace.
    Workspace(WorkspaceId),
    /// The definition of a role.
    Role(RoleId),
    /// A user.
    User(UserId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A resource server.
    ResourceServer(ResourceServerId),
    /// Which client a public id belongs to.
    Pair(PublicId),
    /// Which key an id from another system belongs to, as its fingerprint.
    ImportedClient(Uuid),
    /// A token that was revoked by itself.
    Token(TokenId),
    /// An application.
    Application(ApplicationId),
    /// A user's consent to an application.
    Grant(GrantId),
    /// The tokens of one authorization. That there is one is no change, that it ends is.
    Family(FamilyId),
}

impl Subject {
    /// Kind and 16 bytes, as the change log keeps them.
    #[must_use]
    pub fn parts(self) -> (SubjectKind, Uuid) {
        match self {
            Self::Site => (SubjectKind::Site, Uuid::nil()),
            Self::KeyRing => (SubjectKind::KeyRing, Uuid::nil()),
            Self::Space(id) => (SubjectKind::Space, id.as_uuid()),
            Self::Workspace(id) => (SubjectKind::Workspace, id.as_uuid()),
            Self::Role(id) => (SubjectKind::Role, id.as_uuid()),
            Self::User(id) => (SubjectKind::User, id.as_uuid()),
            Self::ApiKey(id) => (SubjectKind::ApiKey, id.as_uuid()),
            Self::ResourceServer(id) => (SubjectKind::ResourceServer, id.as_uuid()),
            Self::Pair(id) => (SubjectKind::Pair, Uuid::from_bytes(*id.as_bytes())),
            Self::ImportedClient(fingerprint) => (SubjectKind::Pair, fingerprint),
            Self::Token(id) => (SubjectKind::Token, id.as_uuid()),
            Self::Application(id) => (SubjectKind::Application, id.as_uuid()),
            Self::Grant(id) => (SubjectKind::Grant, id.as_uuid()),
            Self::Family(id) => (SubjectKind::Family, id.as_uuid()),
        }
    }
}
