//! The catalogue of permissions: those that Keystead knows, and those that resource servers registered.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{
        ids::ResourceServerId,
        permission::{Level, Permission, PermissionClass, RegisteredPermission},
        role::Integration,
    },
    http::api::{
        handler::show,
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::roles,
    store::Rows,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        id: "list_permissions",
        verb: Verb::Get,
        path: "/permissions",
        tag: "Roles",
        summary: "Shows all permissions that a role may name",
        needs: Needs::Token,
        query: &[],
        refusals: &[],
        example: "",
        handler: show(view),
    }]
}

/// All permissions.
#[derive(Serialize, JsonSchema)]
struct Permissions {
    /// Those of Keystead, then those that resource servers registered, by name.
    items: Vec<PermissionView>,
}

/// A permission as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Permission")]
pub(super) struct PermissionView {
    /// Its name, unique in the site.
    #[schemars(schema_with = "schema::text::<3, 64>")]
    name: String,
    /// Whether scope `read` or `write` lets it through.
    #[schemars(schema_with = "schema::words::<PermissionClass>")]
    class: PermissionClass,
    /// The narrowest place it can be given in.
    #[schemars(schema_with = "schema::words::<Level>")]
    level: Level,
    /// Permissions that come with it when it is used through a key.
    implies: Vec<&'static str>,
    /// The only integration whose roles may have it; `none` if any role may.
    #[schemars(schema_with = "schema::words::<Integration>")]
    integration: Integration,
    /// Makes a role that has it one of administrators.
    admin: bool,
    /// What it lets somebody do.
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: String,
    /// The resource server that registered it.
    #[schemars(schema_with = "schema::id_or_null::<ResourceServerId>")]
    resource_server: Option<ResourceServerId>,
}

impl From<&Permission> for PermissionView {
    fn from(known: &Permission) -> Self {
        Self {
            name: known.name.to_owned(),
            class: known.class,
            level: known.level,
            implies: known.implies.to_vec(),
            integration: known.integration,
            admin: known.admin,
            description: known.description.to_owned(),
            resource_server: None,
        }
    }
}

impl From<RegisteredPermission> for PermissionView {
    fn from(registered: RegisteredPermission) -> Self {
        Self {
            name: registered.name.as_str().to_owned(),
            class: registered.class,
            level: registered.level,
            implies: Vec::new(),
            integration: Integration::None,
            admin: false,
            description: registered.description.as_str().to_owned(),
            resource_server: Some(registered.resource_server),
        }
    }
}

fn view(rows: &mut Rows<'_>, _: &Call<'_>) -> Result<Permissions, Problem> {
    let (known, registered) = roles::permissions(rows)?;
    let registered = registered.into_iter().map(PermissionView::from);
    Ok(Permissions { items: known.iter().map(PermissionView::from).chain(registered).collect() })
}
