//! Roles: named sets of permissions, built in or made by a space.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    ids::{RoleId, SpaceId},
    name::Description,
    permission::{Level, PermissionClass},
    text_enum::text_enum,
};

text_enum! {
    /// What a role says about the integration that carries it.
    Integration {
        /// Nothing in particular.
        None = "none",
        /// CI servers and their plug-ins.
        CiCd = "ci_cd",
        /// The component that mediates with systems behind a firewall.
        Bridge = "bridge",
        /// A service of the product itself; people can neither give nor take it.
        Internal = "internal",
    }
}

/// Whose role it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleHome {
    /// Built in: the same in every space, cannot be changed.
    BuiltIn,
    /// Made by this space.
    Space(SpaceId),
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Identifier.
    pub id: RoleId,
    /// Built in, or made by a space.
    pub home: RoleHome,
    /// The word that tokens carry: unique among the built-in roles and those of one space.
    pub name: RoleName,
    /// What the role is for, in words.
    pub description: Description,
    /// Where it can be given.
    pub level: Level,
    /// Decides the integration type of a key that carries it.
    pub integration: Integration,
    /// Administrators' role: refused to accounts without a person behind them (C18).
    pub admin_class: bool,
    /// The role that it was copied from, for people: it does not follow that one.
    pub copied_from: Option<RoleId>,
    /// What it permits, by name.
    pub permissions: Vec<RolePermission>,
}

/// A permission of a role: one that Keystead knows, or one that a resource server registered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RolePermission {
    /// Its name.
    pub name: String,
    /// Scope that lets it through.
    pub class: PermissionClass,
}

impl Role {
    /// Whether people may give the role to anyone.
    #[must_use]
    pub const fn is_assignable(&self) -> bool {
        !matches!(self.integration, Integration::Internal)
    }

    /// Whether the role is the same in every space and cannot be changed.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        matches!(self.home, RoleHome::BuiltIn)
    }
}

/// A role name as tokens carry it: 2 to 64 characters of `a-z`, `0-9` and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Checks the form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest_fits = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let fits =
            rest_fits && (2..=64).contains(&text.len()) && text.starts_with(|first: char| first.is_ascii_lowercase());
        fits.then(|| Self(text.to_owned()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "the name of a role has 2 to 64 characters of `a-z`, `0-9` and `_`, and begins with a letter",
            )
        })
    }
}

impl std::fmt::Display for RoleName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}
