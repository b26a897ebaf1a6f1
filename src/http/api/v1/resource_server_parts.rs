//! What hangs on a resource server: its pairs, and the permissions that it registered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    permissions::PermissionView,
    resource_servers::{MANAGERS, TAG, view},
};
use crate::{
    domain::{
        ids::ResourceServerId,
        key_pair::{ExpiryPolicy, PublicId},
        name::Description,
        permission::{Level, PermissionClass, PermissionName, RegisteredPermission},
        time::Timestamp,
    },
    http::api::{
        handler::{Created, create, remove, show},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        NewCredential,
        resource_servers::{self, AddServerPair, DeleteServerPair, ForgetPermission},
    },
    store::{Change, Rows},
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "add_resource_server_pair",
            verb: Verb::Post,
            path: "/resource-servers/{resource_server}/pairs",
            tag: TAG,
            summary: "Adds a second pair, so that the first can be replaced without a break; its secret is in this answer only",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "pair_limit"), (422, "expiry_in_the_past")],
            example: r#"{"expires_at":null}"#,
            handler: create(add_pair),
        },
        Operation {
            id: "remove_resource_server_pair",
            verb: Verb::Delete,
            path: "/resource-servers/{resource_server}/pairs/{pair}",
            tag: TAG,
            summary: "Removes one of two pairs",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "last_pair")],
            example: "",
            handler: remove(view, |change, call| {
                let input = DeleteServerPair { id: call.path()?, pair: call.path()? };
                Ok(resource_servers::delete_pair(change, call.deps(), call.authority, input)?)
            }),
        },
        Operation {
            id: "list_resource_server_permissions",
            verb: Verb::Get,
            path: "/resource-servers/{resource_server}/permissions",
            tag: TAG,
            summary: "Shows the permissions that a resource server registered",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(permissions_of),
        },
        Operation {
            id: "register_permission",
            verb: Verb::Post,
            path: "/resource-servers/{resource_server}/permissions",
            tag: TAG,
            summary: "Registers a permission of the product behind a resource server, for the roles of all spaces",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "already_exists")],
            example: r#"{"name":"orders.export","class":"read","level":"workspace","description":"Export orders"}"#,
            handler: create(register),
        },
        Operation {
            id: "forget_permission",
            verb: Verb::Delete,
            path: "/resource-servers/{resource_server}/permissions/{name}",
            tag: TAG,
            summary: "Forgets a permission that no role has",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "permission_in_use")],
            example: "",
            handler: remove(permissions_of, |change, call| {
                let input = ForgetPermission { id: call.path()?, name: call.text("name").to_owned() };
                Ok(resource_servers::forget_permission(change, call.deps(), call.authority, input)?)
            }),
        },
    ]
}

/// A new secret of a resource server.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ResourceServerSecret")]
pub(super) struct NewSecret {
    /// Whose it is.
    #[schemars(schema_with = "schema::id::<ResourceServerId>")]
    client_id: ResourceServerId,
    /// The secret; nobody can show it again. Left out where it was shown before.
    #[serde(default)]
    #[schemars(with = "String")]
    client_secret: String,
    /// Names the pair, and is part of the secret.
    #[schemars(with = "String")]
    public_id: PublicId,
    /// When the pair stops working; `null` means never.
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
}

impl From<&NewCredential<ResourceServerId>> for NewSecret {
    fn from(made: &NewCredential<ResourceServerId>) -> Self {
        Self {
            client_id: made.client_id,
            client_secret: made.secret.expose().to_owned(),
            public_id: made.public_id,
            expires_at: made.expires_at,
        }
    }
}

/// A pair to be added.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AddResourceServerPair")]
struct AddPairBody {
    /// When it stops working; never, if left out or `null`.
    #[serde(default)]
    #[schemars(schema_with = "schema::time_or_null")]
    expires_at: Option<Timestamp>,
}

/// A permission to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RegisterPermission")]
struct RegisterBody {
    /// Lower-case words separated by dots, unique in the site.
    #[schemars(schema_with = "schema::text::<3, 64>")]
    name: PermissionName,
    /// Whether scope `read` or `write` lets it through.
    #[schemars(schema_with = "schema::words::<PermissionClass>")]
    class: PermissionClass,
    /// The narrowest place it can be given in: `space` or `workspace`.
    #[schemars(schema_with = "levels")]
    level: Level,
    /// What it lets somebody do.
    #[serde(default)]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
}

fn levels(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": [Level::Space, Level::Workspace] })
}

/// The permissions of a resource server.
#[derive(Serialize, JsonSchema)]
struct RegisteredPermissions {
    /// By name.
    items: Vec<PermissionView>,
}

fn permissions_of(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<RegisteredPermissions, Problem> {
    let registered = resource_servers::permissions(rows, call.authority, call.path()?)?;
    Ok(RegisteredPermissions { items: registered.into_iter().map(PermissionView::from).collect() })
}

fn add_pair(
    change: &mut Change<'_>,
    call: &Call<'_>,
    AddPairBody { expires_at }: AddPairBody,
) -> Result<Created<NewSecret>, Problem> {
    let expiry = expires_at.map_or(ExpiryPolicy::Never, ExpiryPolicy::At);
    let input = AddServerPair { id: call.path()?, expiry };
    let made = resource_servers::add_pair(change, call.deps(), call.authority, input)?;
    let location = format!("/resource-servers/{}/pairs/{}", made.client_id, made.public_id);
    Ok(Created { location, answer: (&made).into() })
}

fn register(change: &mut Change<'_>, call: &Call<'_>, body: RegisterBody) -> Result<Created<PermissionView>, Problem> {
    let RegisterBody { name, class, level, description } = body;
    if level == Level::Site {
        return Err(Problem::invalid_field("/level".to_owned(), "a permission counts in the space or in workspaces"));
    }
    let input = RegisteredPermission { name, resource_server: call.path()?, class, level, description };
    resource_servers::register_permission(change, call.deps(), call.authority, &input)?;
    let location = format!("/resource-servers/{}/permissions/{}", input.resource_server, input.name.as_str());
    Ok(Created { location, answer: input.into() })
}
