//! The workspaces of a space, and a new one.

use askama::Template;

use super::place;
use crate::{
    domain::{authority::Area, ids::SpaceId, name::Name, permission::WORKSPACES_MANAGE, workspace::Workspace},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::{Light, Pager},
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        self,
        authority::require,
        spaces,
        workspaces::{self, CreateWorkspace},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::looking("/spaces/{space}/workspaces", list),
        Screen::asking("/spaces/{space}/workspaces/new", show_new, make),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/workspaces.html")]
struct WorkspacesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// Where one is made, for those who may.
    new: Option<String>,
    workspaces: Vec<WorkspaceLine>,
    pager: Pager,
}

#[derive(Debug)]
struct WorkspaceLine {
    path: String,
    name: String,
    number: String,
    state: Light,
}

/// Whether roles in the workspace count.
pub(super) fn light(workspace: &Workspace) -> Light {
    if workspace.is_open() { Light::Good("Open") } else { Light::Off("Closed") }
}

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let page = workspaces::list(rows, visit.authority, space.id, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let line = |workspace: Workspace| WorkspaceLine {
        path: super::path_of(&workspace),
        number: workspace.number.to_string(),
        state: light(&workspace),
        name: workspace.name.as_str().to_owned(),
    };
    let may_make = visit.authority.may(WORKSPACES_MANAGE, Area::Space(space.id));
    Html::of(&WorkspacesPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        new: may_make.then(|| format!("/spaces/{}/workspaces/new", space.id)),
        workspaces: page.items.into_iter().map(line).collect(),
        pager,
    })
}

/// The form that names a workspace, new or not.
#[derive(Debug, Template)]
#[template(path = "console/workspace_name.html")]
pub(super) struct WorkspaceNamePage<'a> {
    pub(super) shell: Shell<'a>,
    pub(super) frame: Frame<'a>,
    pub(super) title: String,
    pub(super) says: &'static str,
    pub(super) button: &'static str,
    pub(super) name: &'a str,
    pub(super) back: String,
}

fn show_new(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    require(visit.authority, WORKSPACES_MANAGE, Area::Space(space.id))?;
    Html::of(&WorkspaceNamePage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        title: "New workspace".to_owned(),
        says: "It gets a number by which tokens and scopes name it. Nobody holds a role in it at first.",
        button: "Create workspace",
        name: visit.value("name", ""),
        back: format!("/spaces/{}/workspaces", space.id),
    })
}

fn make(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let space: SpaceId = visit.path()?;
    let input = CreateWorkspace { space, name: visit.read("name", Name::parse)? };
    let made = workspaces::create(change, visit.deps(), visit.authority, input).map_err(tied)?;
    Ok(Next::done(&super::path_of(&made), "workspace-made"))
}

/// The refusal, tied to the field that it is about.
pub(super) fn tied(error: manage::Error) -> Refused {
    match error {
        taken @ manage::Error::NameTaken { .. } => Refused::from(taken).about("name"),
        other => other.into(),
    }
}
