//! API keys: the confidential OAuth clients of `client_credentials`.

use super::{
    allowed_networks::AllowedNetworks,
    assignment::Assignment,
    ids::{ApiKeyId, SpaceId, UserId},
    key_pair::{KeyPair, PublicId},
    name::{Description, Name},
    sequence::Seq,
    text_enum::text_enum,
    time::Timestamp,
};

text_enum! {
    /// A mask over the roles of a key (C17).
    Mode {
        /// Reads and writes as its roles say.
        Full = "full",
        /// Reads only, whatever its roles say.
        ReadOnly = "read_only",
    }
}

text_enum! {
    /// Where a key stands (C09).
    KeyStatus {
        /// It works.
        Active = "active",
        /// It does not work; enabling it brings the same secrets back.
        Disabled = "disabled",
        /// Its secrets are destroyed; only regenerating brings it back, with a new one.
        Revoked = "revoked",
    }
}

/// Whom a key acts for and what its rights rest on (C01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The space: the key has rights of its own.
    Space,
    /// A user: the key never has more rights than the user has at that moment.
    User {
        /// The user.
        id: UserId,
        /// How the key's rights follow from the user's.
        roles: UserKeyRoles,
    },
}

impl Owner {
    /// The user it acts for, if it acts for one.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Space => None,
            Self::User { id, .. } => Some(id),
        }
    }

    /// Whether the key has all roles that its user may pass on, and none of its own.
    #[must_use]
    pub const fn inherits(self) -> bool {
        matches!(self, Self::User { roles: UserKeyRoles::Inherit, .. })
    }
}

text_enum! {
    /// How the rights of a user's key follow from the user's (C06).
    UserKeyRoles {
        /// All that the user can delegate, as it changes.
        Inherit = "inherit",
        /// Those chosen, as long as the user can delegate them.
        Subset = "subset",
    }
}

text_enum! {
    /// Why a key is disabled, where nobody disabled it by itself (C08).
    StatusReason {
        /// Its owner was disabled and enabled again without the keys.
        OwnerDisabled = "owner_disabled",
    }
}

text_enum! {
    /// Internal keys of a space: made with it, never by people (L019–L026).
    InternalService {
        /// Two-way mediation with systems behind a firewall.
        BridgeService = "bridge_service",
        /// Synchronizes data of all workspaces, also later ones.
        SynchronizerService = "synchronizer_service",
        /// The product's side of the bridge.
        ProductBridgeService = "product_bridge_service",
    }
}

/// What decisions need to know of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Identifier; its text form is the OAuth `client_id`.
    pub id: ApiKeyId,
    /// The space it belongs to.
    pub space: SpaceId,
    /// Whom it acts for.
    pub owner: Owner,
    /// As people see it.
    pub name: Name,
    /// What it is for.
    pub description: Description,
    /// Mask over its roles.
    pub mode: Mode,
    /// Where it stands.
    pub status: KeyStatus,
    /// Why it is disabled, if nobody disabled it by itself.
    pub status_reason: Option<StatusReason>,
    /// The service it belongs to, if it is internal.
    pub internal: Option<InternalService>,
    /// Last disabling, revocation or regeneration: its tokens made before are dead.
    pub cut_off: Seq,
    /// Last time that its mask was lifted: its tokens made before go on without writing.
    pub writes_since: Seq,
    /// Last time that it began to inherit: what it had not chosen before counts for no token made before.
    pub inherits_since: Seq,
    /// Its own roles. Of a key that inherits: those it had chosen before, so that tokens from then keep them.
    pub roles: Vec<Assignment>,
    /// Its credentials, at most two.
    pub pairs: Vec<KeyPair>,
    /// From where it may be used.
    pub allowed_networks: AllowedNetworks,
}

/// What people see of a key, beside what decisions read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyProfile {
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: an id, or `operator`.
    pub created_by: String,
    /// Somebody has read that row-level restrictions of the product do not apply to it (L115).
    pub row_level_acknowledged: bool,
    /// When one of its pairs was last used, also of those that are gone.
    pub last_used_at: Option<Timestamp>,
    /// The key of a service account that took its place.
    pub moved_to: Option<ApiKeyId>,
    /// The key whose place it took.
    pub moved_from: Option<ApiKeyId>,
}

impl ApiKey {
    /// The pair with this public id.
    #[must_use]
    pub fn pair(&self, public_id: PublicId) -> Option<&KeyPair> {
        self.pairs.iter().find(|pair| pair.public_id == public_id)
    }
}
