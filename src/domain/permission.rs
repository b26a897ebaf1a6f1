//! The catalogue of permissions: what a role may name, and which scope lets it through (ruling 29).

use serde::Serialize;

use super::text_enum::text_enum;

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
    /// What it lets a person do, in words.
    pub description: &'static str,
}

const fn permission(name: &'static str, class: PermissionClass, level: Level, description: &'static str) -> Permission {
    Permission { name, class, level, implies: &[], description }
}

/// All permissions that Keystead itself knows.
pub const PERMISSIONS: &[Permission] = &{
    use Level::{Site, Space, Workspace};
    use PermissionClass::{Read, Write};
    [
        permission("site.manage", Write, Site, "Create and close spaces, manage signing keys and resource servers"),
        permission("space.manage", Write, Space, "Change the settings of the space"),
        permission("keys.manage", Write, Space, "Create, change and revoke the API keys of the space"),
        permission("users.manage", Write, Space, "Create, change and disable users of the space"),
        permission("roles.manage", Write, Space, "Create and change roles, give them to users"),
        permission("workspaces.manage", Write, Space, "Create, close and reopen workspaces"),
        permission("audit.read", Read, Space, "Read the audit log"),
        permission("bridge.connect", Write, Space, "Carry tasks between the product and systems behind a firewall"),
        permission("services.run", Write, Space, "Act as a service of the product itself"),
        permission("workspace.manage", Write, Workspace, "Change the settings of the workspace and its members"),
        permission("data.read", Read, Workspace, "Read the data of the workspace"),
        permission("data.write", Write, Workspace, "Create, change and delete data of the workspace"),
        Permission {
            name: "reports.read",
            class: Read,
            level: Workspace,
            implies: &["data.read"],
            description: "Read reports; through an API key also the tables that they are made of",
        },
        permission("pipelines.read", Read, Workspace, "Read pipelines and their runs"),
        permission("pipelines.manage", Write, Workspace, "Create pipelines and report builds, tests and commits"),
        permission("data.transfer", Write, Workspace, "Load and extract data in bulk"),
    ]
};

/// The entry with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.name == name)
}
