//! Spaces: the tenants of a site.

use std::time::Duration;

use super::{ids::SpaceId, name::Name, sequence::Seq, text_enum::text_enum};

text_enum! {
    /// What the space is used for.
    SpaceKind {
        /// Real work.
        Production = "production",
        /// Trying out; keys are off unless switched on (L049).
        Sandbox = "sandbox",
        /// Run by the customer; keys are off unless switched on (L048).
        OnPremises = "on_premises",
    }
}

text_enum! {
    /// Whether anything in the space works.
    SpaceState {
        /// It works.
        Open = "open",
        /// Everything is refused until it is reopened.
        Closed = "closed",
    }
}

text_enum! {
    /// Which applications the users at home in a space may authorize.
    ApplicationPolicy {
        /// Whichever asks for their consent.
        Any = "any",
        /// Those that the space approved.
        Approved = "approved",
        /// None.
        None = "none",
    }
}

impl ApplicationPolicy {
    /// Whether an application is let through, of which the space says whether it approved it.
    #[must_use]
    pub const fn admits(self, approved: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Approved => approved,
            Self::None => false,
        }
    }
}

/// A tenant.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, set and read alone")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Identifier.
    pub id: SpaceId,
    /// Unique in the site.
    pub name: Name,
    /// What it is used for.
    pub kind: SpaceKind,
    /// Whether anything in it works.
    pub state: SpaceState,
    /// Capability of this kind of space (C04).
    pub api_keys_supported: bool,
    /// The space's own switch for keys made by people; internal keys ignore it (C10, ruling 16).
    pub api_keys_enabled: bool,
    /// Whether users may not make keys of their own: only who holds `keys.manage` may (C04).
    pub key_creation_restricted: bool,
    /// Life of access tokens; the site caps it (ruling 9).
    pub token_life: Option<Duration>,
    /// No pair made from now on lives longer (C11).
    pub pair_life: Option<Duration>,
    /// Whether people log in elsewhere, so that passwords kept here do not count (L071).
    pub sso_enabled: bool,
    /// Age at which a password stops its owner's keys, where passwords count (L072).
    pub password_life: Option<Duration>,
    /// Which applications its users may authorize.
    pub application_policy: ApplicationPolicy,
    /// Whether a pair whose secret is reported as leaked ends at once.
    pub revoke_leaked_keys: bool,
    /// Last closing of the space: everything of it made before is dead.
    pub cut_off: Seq,
    /// Last time that keys were switched off: tokens of its ordinary keys made before are dead.
    pub keys_cut_off: Seq,
}
