//! The catalogue of permissions: what a role may name, and which scope lets it through (ruling 29).

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

use super::{ids::ResourceServerId, name::Description, role::Integration, text_enum::text_enum};

text_enum! {
    /// Whether a permission looks or alters. A token needs scope `read` or `write` for it.
    PermissionClass {
        /// Looks only.
        Read = "read",
        /// Alters something.
        Write = "write",
    }
}

text_enum! {
    /// Where a role or permission has its meaning.
    Level {
        /// The whole installation.
        Site = "site",
        /// One tenant.
        Space = "space",
        /// A part of a tenant.
        Workspace = "workspace",
    }
}

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// Name that roles, tokens' introspection and resource servers use.
    pub name: &'static str,
    /// Scope that lets it through.
    pub class: PermissionClass,
    /// The narrowest place it can be given in.
    pub level: Level,
    /// Permissions that come with it when it is used through a key (L116).
    pub implies: &'static [&'static str],
    /// The only integration whose roles may have it; `None` for those that any role may have (L030, L031).
    pub integration: Integration,
    /// Administrators' permission: a role with it is one of the administrators' class (C18).
    pub admin: bool,
    /// What it lets a person do, in words.
    pub description: &'static str,
}

const fn permission(name: &'static str, class: PermissionClass, level: Level, description: &'static str) -> Permission {
    Permission { name, class, level, implies: &[], integration: Integration::None, admin: false, description }
}

const fn administration(name: &'static str, level: Level, description: &'static str) -> Permission {
    Permission { admin: true, ..permission(name, PermissionClass::Write, level, description) }
}

const fn of_integration(
    name: &'static str,
    level: Level,
    integration: Integration,
    description: &'static str,
) -> Permission {
    Permission { integration, ..permission(name, PermissionClass::Write, level, description) }
}

/// Runs the installation.
pub const SITE_MANAGE: &str = "site.manage";
/// Changes the settings of a space.
pub const SPACE_MANAGE: &str = "space.manage";
/// Manages all keys of a space.
pub const KEYS_MANAGE: &str = "keys.manage";
/// Manages all applications of a space, and says which ones its users may authorize.
pub const APPLICATIONS_MANAGE: &str = "applications.manage";
/// Manages the users of a space.
pub const USERS_MANAGE: &str = "users.manage";
/// Manages roles, and gives them to users.
pub const ROLES_MANAGE: &str = "roles.manage";
/// Manages the workspaces of a space.
pub const WORKSPACES_MANAGE: &str = "workspaces.manage";
/// Manages one workspace and its members.
pub const WORKSPACE_MANAGE: &str = "workspace.manage";
/// Reads the audit log of a space.
pub const AUDIT_READ: &str = "audit.read";

/// All permissions that Keystead itself knows.
pub const PERMISSIONS: &[Permission] = &{
    use Level::{Site, Space, Workspace};
    use PermissionClass::{Read, Write};
    [
        administration(SITE_MANAGE, Site, "Create and close spaces, manage signing keys and resource servers"),
        administration(SPACE_MANAGE, Space, "Change the settings of the space"),
        administration(KEYS_MANAGE, Space, "Create, change and revoke the API keys of the space"),
        administration(
            APPLICATIONS_MANAGE,
            Space,
            "Register and change applications of the space, approve those that its users may authorize",
        ),
        administration(USERS_MANAGE, Space, "Create, change and disable users of the space"),
        administration(ROLES_MANAGE, Space, "Create and change roles, give them to users"),
        administration(WORKSPACES_MANAGE, Space, "Create, close and reopen workspaces"),
        permission(AUDIT_READ, Read, Space, "Read the audit log"),
        of_integration(
            "bridge.connect",
            Space,
            Integration::Bridge,
            "Carry tasks between the product and systems behind a firewall",
        ),
        of_integration("services.run", Space, Integration::Internal, "Act as a service of the product itself"),
        administration(WORKSPACE_MANAGE, Workspace, "Change the settings of the workspace and its members"),
        permission("data.read", Read, Workspace, "Read the data of the workspace"),
        permission("data.write", Write, Workspace, "Create, change and delete data of the workspace"),
        Permission {
            implies: &["data.read"],
            ..permission(
                "reports.read",
                Read,
                Workspace,
                "Read reports; through an API key also the tables that they are made of",
            )
        },
        permission("pipelines.read", Read, Workspace, "Read pipelines and their runs"),
        of_integration(
            "pipelines.manage",
            Workspace,
            Integration::CiCd,
            "Create pipelines and report builds, tests and commits",
        ),
        permission("data.transfer", Write, Workspace, "Load and extract data in bulk"),
    ]
};

/// The entry with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.name == name)
}

/// The permission whose holders may pass this one on without having it themselves. Integrations do what no person does, so
/// who manages keys gives their permissions, and regenerates the keys of internal services (L022); what a resource server registered belongs to the space's administrators. All
/// others are passed on by those who hold them alone (ruling 27).
#[must_use]
pub fn administered_by(name: &str) -> Option<&'static str> {
    match find(name) {
        Some(Permission { integration: Integration::None, .. }) => None,
        Some(_) => Some(KEYS_MANAGE),
        None => Some(SPACE_MANAGE),
    }
}

/// The name of a permission that a resource server registers: words of `a-z`, `0-9`, `_` and `-`, at least two, separated by
/// dots, at most 64 characters. What Keystead knows itself cannot be registered again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PermissionName(String);

/// The text is no name of a permission.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not the name of a permission such as `reports.export`: lower-case words separated by dots")]
pub struct InvalidPermissionName(String);

impl PermissionName {
    /// Checks the form.
    ///
    /// # Errors
    /// Names what was given.
    pub fn parse(text: &str) -> Result<Self, InvalidPermissionName> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        };
        let fits = text.len() <= 64 && text.contains('.') && text.split('.').all(is_word);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidPermissionName(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PermissionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A permission of the product behind a resource server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredPermission {
    /// Its name, unique in the site.
    pub name: PermissionName,
    /// Whose it is.
    pub resource_server: ResourceServerId,
    /// Scope that lets it through.
    pub class: PermissionClass,
    /// The narrowest place it can be given in.
    pub level: Level,
    /// What it lets a person do, in words.
    pub description: Description,
}
