//! Workspaces: the parts of a space that roles are given in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::SpaceId,
        name::Name,
        page::{Page, PageRequest},
        workspace::{Workspace, WorkspaceNumber, WorkspaceState},
    },
    http::api::{
        body::{Nothing, given},
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::workspaces::{self, CreateWorkspace, RenameWorkspace},
    store::{Change, Rows},
};

const TAG: &str = "Workspaces";
const MANAGERS: Needs = Needs::OneOf(&["workspaces.manage"], "the space");

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_workspaces",
            verb: Verb::Get,
            path: "/spaces/{space}/workspaces",
            tag: TAG,
            summary: "Lists the workspaces of a space by number",
            needs: Needs::Membership("the space"),
            query: &[],
            refusals: &[],
            example: "",
            handler: list(list_of_space),
        },
        Operation {
            id: "create_workspace",
            verb: Verb::Post,
            path: "/spaces/{space}/workspaces",
            tag: TAG,
            summary: "Makes a workspace, in which nobody holds a role yet",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "name_taken"), (409, "space_closed")],
            example: r#"{"name":"Production"}"#,
            handler: create(make),
        },
        Operation {
            id: "show_workspace",
            verb: Verb::Get,
            path: "/workspaces/{workspace}",
            tag: TAG,
            summary: "Shows a workspace",
            needs: Needs::Membership("its space"),
            query: &[],
            refusals: &[],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_workspace",
            verb: Verb::Patch,
            path: "/workspaces/{workspace}",
            tag: TAG,
            summary: "Renames a workspace; tokens name it by its number and do not notice",
            needs: Needs::OneOf(&["workspace.manage", "workspaces.manage"], "the workspace"),
            query: &[],
            refusals: &[(409, "name_taken")],
            example: r#"{"name":"Staging"}"#,
            handler: edit(view, rename),
        },
        Operation {
            id: "remove_workspace",
            verb: Verb::Delete,
            path: "/workspaces/{workspace}",
            tag: TAG,
            summary: "Removes a workspace with all roles in it; its number is never given again",
            needs: MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: remove(view, |change, call| {
                Ok(workspaces::remove(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "close_workspace",
            verb: Verb::Post,
            path: "/workspaces/{workspace}/close",
            tag: TAG,
            summary: "Closes a workspace: roles in it stop counting at once",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "already_closed")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(workspaces::close(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
        Operation {
            id: "reopen_workspace",
            verb: Verb::Post,
            path: "/workspaces/{workspace}/reopen",
            tag: TAG,
            summary: "Reopens a workspace: roles in it count again",
            needs: MANAGERS,
            query: &[],
            refusals: &[(409, "already_open")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(workspaces::reopen(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// A workspace as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Workspace")]
struct WorkspaceView {
    /// Unique in the site; tokens name it by this.
    #[schemars(schema_with = "schema::workspace")]
    number: WorkspaceNumber,
    /// The space it belongs to.
    #[schemars(schema_with = "schema::id::<SpaceId>")]
    space: SpaceId,
    /// Unique in the space.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
    /// `open`, or `closed`: then roles in it do not count.
    #[schemars(schema_with = "schema::words::<WorkspaceState>")]
    state: WorkspaceState,
}

impl From<Workspace> for WorkspaceView {
    fn from(Workspace { number, space, name, state, id: _ }: Workspace) -> Self {
        Self { number, space, name, state }
    }
}

/// A workspace to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CreateWorkspace")]
struct CreateBody {
    /// Unique in the space.
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Name,
}

/// What is to be different.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EditWorkspace")]
struct EditBody {
    /// Unique in the space.
    #[serde(default, deserialize_with = "given")]
    #[schemars(schema_with = "schema::text::<1, 100>")]
    name: Option<Name>,
}

fn list_of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<WorkspaceNumber>,
) -> Result<Page<WorkspaceView, WorkspaceNumber>, Problem> {
    Ok(workspaces::list(rows, call.authority, call.path()?, page)?.map(WorkspaceView::from))
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<WorkspaceView, Problem> {
    Ok(workspaces::show(rows, call.authority, call.path()?)?.into())
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<WorkspaceView>, Problem> {
    let input = CreateWorkspace { space: call.path()?, name: body.name };
    let made = workspaces::create(change, call.deps(), call.authority, input)?;
    Ok(Created { location: format!("/workspaces/{}", made.number), answer: made.into() })
}

fn rename(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    let number = call.path()?;
    match body.name {
        Some(name) => Ok(workspaces::rename(change, call.deps(), call.authority, RenameWorkspace { number, name })?),
        None => Ok(()),
    }
}
