//! What a key may get, and why it may not get the rest.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    key_roles::TAG,
    keys::{MANAGERS, MANAGERS_AT_HOME, OF_USER},
};
use crate::{
    domain::{
        ids::SpaceId,
        name::{Description, Name},
        page::{Page, PageRequest},
        role::RoleName,
        workspace::WorkspaceNumber,
    },
    http::api::{
        handler::list,
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::grantable::{self, Grantable, NotGrantable},
    store::Rows,
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_grantable_to_key",
            verb: Verb::Get,
            path: "/keys/{key}/grantable",
            tag: TAG,
            summary: "Lists every role in every workspace with the reason why a key cannot get it, if there is one; pages go by workspace",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_USER],
            example: "",
            handler: list(of_key),
        },
        Operation {
            id: "list_grantable_of_user",
            verb: Verb::Get,
            path: "/users/{user}/grantable",
            tag: TAG,
            summary: "Lists the same for a key that is yet to be made for a user",
            needs: MANAGERS_AT_HOME,
            query: &[],
            refusals: &[OF_USER],
            example: "",
            handler: list(of_user),
        },
    ]
}

/// A role in a place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Grantable")]
struct GrantableView {
    /// Name of the role.
    #[schemars(with = "String")]
    role: RoleName,
    /// What it is for.
    #[schemars(with = "String")]
    description: Description,
    /// The space.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// The workspace; left out for a role of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::workspace")]
    workspace: Option<WorkspaceNumber>,
    /// Name of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    workspace_name: Option<Name>,
    /// Whether the key can get it.
    grantable: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::words::<NotGrantable>")]
    reason: Option<NotGrantable>,
}

impl From<Grantable> for GrantableView {
    fn from(Grantable { role, description, space, workspace, reason }: Grantable) -> Self {
        let (workspace, workspace_name) = workspace.unzip();
        Self { role, description, space, workspace, workspace_name, grantable: reason.is_none(), reason }
    }
}

fn of_key(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<WorkspaceNumber>,
) -> Result<Page<GrantableView, WorkspaceNumber>, Problem> {
    Ok(grantable::for_key(rows, call.authority, call.path()?, page)?.map(GrantableView::from))
}

fn of_user(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<WorkspaceNumber>,
) -> Result<Page<GrantableView, WorkspaceNumber>, Problem> {
    Ok(grantable::for_user(rows, call.authority, call.path()?, page)?.map(GrantableView::from))
}
