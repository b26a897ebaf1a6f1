//! Scopes that resource servers register (ruling 28).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resource_servers::{MANAGERS, TAG};
use crate::{
    domain::{
        name::Description,
        permission::PermissionClass,
        scope::{RegisteredScope, ScopeName},
    },
    http::api::{
        handler::{Created, create, show},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::scopes,
    store::{Change, Rows},
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_scopes",
            verb: Verb::Get,
            path: "/resource-servers/{resource_server}/scopes",
            tag: TAG,
            summary: "Shows the scopes that a resource server registered",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(of_resource_server),
        },
        Operation {
            id: "register_scope",
            verb: Verb::Post,
            path: "/resource-servers/{resource_server}/scopes",
            tag: TAG,
            summary: "Registers a scope that tokens for this resource server can be asked for with; it goes with the resource server",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "already_exists")],
            example: r#"{"name":"orders.read","class":"read","description":"Look at orders"}"#,
            handler: create(register),
        },
    ]
}

/// A scope as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Scope")]
struct ScopeView {
    /// Unique in the site.
    #[schemars(with = "String")]
    name: ScopeName,
    /// Permissions of which class it lets through.
    #[schemars(schema_with = "schema::words::<PermissionClass>")]
    class: PermissionClass,
    /// What it stands for.
    #[schemars(with = "String")]
    description: Description,
}

impl From<RegisteredScope> for ScopeView {
    fn from(RegisteredScope { name, class, description, resource_server: _ }: RegisteredScope) -> Self {
        Self { name, class, description }
    }
}

/// The scopes of a resource server.
#[derive(Serialize, JsonSchema)]
struct RegisteredScopes {
    /// By name.
    items: Vec<ScopeView>,
}

/// A scope to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RegisterScope")]
struct RegisterBody {
    /// Lower-case words separated by dots, unique in the site.
    #[schemars(schema_with = "schema::text::<3, 64>")]
    name: ScopeName,
    /// Permissions of which class it lets through; this never changes.
    #[schemars(schema_with = "schema::words::<PermissionClass>")]
    class: PermissionClass,
    /// What it stands for.
    #[serde(default)]
    #[schemars(schema_with = "schema::text::<0, 1000>")]
    description: Description,
}

fn of_resource_server(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<RegisteredScopes, Problem> {
    let registered = scopes::list(rows, call.authority, call.path()?)?;
    Ok(RegisteredScopes { items: registered.into_iter().map(ScopeView::from).collect() })
}

fn register(change: &mut Change<'_>, call: &Call<'_>, body: RegisterBody) -> Result<Created<ScopeView>, Problem> {
    let RegisterBody { name, class, description } = body;
    let input = RegisteredScope { name, resource_server: call.path()?, class, description };
    scopes::register(change, call.deps(), call.authority, &input)?;
    Ok(Created { location: format!("/resource-servers/{}/scopes", input.resource_server), answer: input.into() })
}
