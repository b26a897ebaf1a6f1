//! Who works where: the users of a workspace, and the workspaces of a user.

use schemars::JsonSchema;
use serde::Serialize;

use super::people::MemberView;
use crate::{
    domain::{
        assignment::AssignmentSource,
        ids::{ApiKeyId, SpaceId, UserId},
        name::Name,
        page::{Page, PageRequest},
        role::RoleName,
        workspace::{WorkspaceNumber, WorkspaceState},
    },
    http::api::{
        handler::list,
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::members::{self, KeyThere, UserWorkspace},
    store::Rows,
};

const TAG: &str = "Roles of users";

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_workspace_users",
            verb: Verb::Get,
            path: "/workspaces/{workspace}/users",
            tag: TAG,
            summary: "Lists the users who hold a role in a workspace, with the roles that they hold there",
            needs: Needs::OneOf(&["workspace.manage", "roles.manage"], "the workspace"),
            query: &[],
            refusals: &[],
            example: "",
            handler: list(users_of),
        },
        Operation {
            id: "list_user_workspaces",
            verb: Verb::Get,
            path: "/users/{user}/workspaces",
            tag: TAG,
            summary: "Lists the workspaces in which a user holds roles, by number, with the keys that have roles there",
            needs: Needs::OneOf(
                &["users.manage", "roles.manage"],
                "the user's home space or one in which the user holds a role",
            ),
            query: &[],
            refusals: &[],
            example: "",
            handler: list(workspaces_of),
        },
    ]
}

/// A workspace in which a user holds roles.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserWorkspace")]
struct UserWorkspaceView {
    /// The workspace.
    #[schemars(schema_with = "schema::workspace")]
    number: WorkspaceNumber,
    /// Its space.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// Its name.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// `open`, or `closed`: then the roles do not count.
    #[schemars(schema_with = "schema::words::<WorkspaceState>")]
    state: WorkspaceState,
    /// The user's roles there.
    roles: Vec<RoleThere>,
    /// The user's keys that have roles there now; left out for those who do not manage keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<KeyThereView>")]
    keys: Option<Vec<KeyThereView>>,
}

/// A role in a workspace.
#[derive(Serialize, JsonSchema)]
struct RoleThere {
    /// Its name.
    #[schemars(schema_with = "schema::text::<2, 64>")]
    role: RoleName,
    /// `local`, or `idp`: then an identity provider gives and takes it, and no key gets it.
    #[schemars(schema_with = "schema::words::<AssignmentSource>")]
    source: AssignmentSource,
}

/// A key with roles in a workspace.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeyThere")]
struct KeyThereView {
    /// The key.
    #[schemars(schema_with = "schema::id::<ApiKeyId>")]
    client_id: ApiKeyId,
    /// As people see it.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// The roles that count there now.
    #[schemars(schema_with = "schema::texts::<2, 64>")]
    roles: Vec<RoleName>,
}

impl From<UserWorkspace> for UserWorkspaceView {
    fn from(UserWorkspace { workspace, roles, keys }: UserWorkspace) -> Self {
        let key = |KeyThere { id, name, roles, .. }| KeyThereView { client_id: id, name, roles };
        Self {
            number: workspace.number,
            space: workspace.space,
            name: workspace.name.clone(),
            state: workspace.state,
            roles: roles.into_iter().map(|(role, source)| RoleThere { role, source }).collect(),
            keys: keys.map(|keys| keys.into_iter().map(key).collect()),
        }
    }
}

fn users_of(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<UserId>,
) -> Result<Page<MemberView, UserId>, Problem> {
    Ok(members::of_workspace(rows, call.authority, call.path()?, page)?.map(MemberView::from))
}

fn workspaces_of(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<WorkspaceNumber>,
) -> Result<Page<UserWorkspaceView, WorkspaceNumber>, Problem> {
    Ok(members::workspaces_of(rows, call.authority, call.path()?, page)?.map(UserWorkspaceView::from))
}
