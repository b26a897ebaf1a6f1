//! The built-in roles: which permissions each has, where it can be given, and what integration it stands for.

use super::{permission::Level, role::Integration};

/// Definition of a built-in role. Its id is derived from its position, which therefore never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltInRole {
    /// Stable number; the id of the role is the UUID with this value.
    pub number: u128,
    /// Word that tokens carry.
    pub name: &'static str,
    /// Where it can be given.
    pub level: Level,
    /// Integration that it stands for.
    pub integration: Integration,
    /// Administrators' role (C18).
    pub admin_class: bool,
    /// Names from the catalogue of permissions.
    pub permissions: &'static [&'static str],
    /// What it is for, in words.
    pub description: &'static str,
}

/// All built-in roles, in the order that people should see.
pub const BUILT_IN_ROLES: &[BuiltInRole] = &{
    use Integration::{Bridge, CiCd, Internal, None};
    use Level::{Site, Space, Workspace};
    [
        role(1, "site_admin", Site, None, true, &["site.manage"], "Runs the installation; does not act inside spaces"),
        role(
            2,
            "space_admin",
            Space,
            None,
            true,
            &[
                "space.manage",
                "keys.manage",
                "applications.manage",
                "users.manage",
                "roles.manage",
                "workspaces.manage",
                "workspace.manage",
                "data.read",
                "data.write",
                "reports.read",
                "pipelines.read",
                "data.transfer",
            ],
            "Runs a space: its keys, applications, users, roles and workspaces, with all their data",
        ),
        role(3, "auditor", Space, None, false, &["audit.read"], "Reads the audit log of a space"),
        role(
            4,
            "integration_bridge",
            Space,
            Bridge,
            false,
            &["bridge.connect"],
            "For the component that mediates with systems behind a firewall",
        ),
        role(
            5,
            "workspace_admin",
            Workspace,
            None,
            true,
            &["workspace.manage", "data.read", "data.write", "reports.read", "pipelines.read", "data.transfer"],
            "Runs a workspace",
        ),
        role(
            6,
            "power_user",
            Workspace,
            None,
            false,
            &["data.read", "data.write", "reports.read", "pipelines.read", "data.transfer"],
            "Works with all data of a workspace, also in bulk",
        ),
        role(
            7,
            "editor",
            Workspace,
            None,
            false,
            &["data.read", "data.write", "reports.read", "pipelines.read"],
            "Reads and changes data of a workspace",
        ),
        role(
            8,
            "viewer",
            Workspace,
            None,
            false,
            &["data.read", "reports.read", "pipelines.read"],
            "Reads data of a workspace",
        ),
        role(
            9,
            "ci_cd_integration",
            Workspace,
            CiCd,
            false,
            &["pipelines.read", "pipelines.manage"],
            "For CI servers: reports pipelines, builds and tests",
        ),
        role(10, "datalink", Workspace, None, false, &["data.transfer"], "For scheduled bulk loading of data"),
        role(
            11,
            "bridge_service",
            Space,
            Internal,
            false,
            &["bridge.connect", "services.run"],
            "Internal: bridge service",
        ),
        role(
            12,
            "synchronizer_service",
            Workspace,
            Internal,
            false,
            &["data.read", "data.write"],
            "Internal: synchronizer",
        ),
        role(13, "product_bridge_service", Space, Internal, false, &["services.run"], "Internal: product to bridge"),
    ]
};

const fn role(
    number: u128,
    name: &'static str,
    level: Level,
    integration: Integration,
    admin_class: bool,
    permissions: &'static [&'static str],
    description: &'static str,
) -> BuiltInRole {
    BuiltInRole { number, name, level, integration, admin_class, permissions, description }
}
