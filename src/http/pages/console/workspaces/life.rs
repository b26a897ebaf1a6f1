//! A workspace is renamed, closed and reopened, removed: each asked once, with what stops because of it.

use super::{
    found,
    list::{WorkspaceNamePage, tied},
    path_of, place,
};
use crate::{
    domain::{
        authority::Area,
        name::Name,
        page::{Page, PageRequest},
        permission::{WORKSPACE_MANAGE, WORKSPACES_MANAGE},
        space::Space,
        workspace::{Workspace, WorkspaceNumber},
    },
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        refused::Refused,
        screen::{Html, Next, Screen},
    },
    manage::{
        Error,
        authority::require,
        facts, spaces,
        workspaces::{self, RenameWorkspace},
    },
    store::{Change, Rows, api_keys::KeyFilter},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/workspaces/{workspace}/rename", show_rename, rename),
        Screen::asking("/workspaces/{workspace}/close", ask_close, close),
        Screen::asking("/workspaces/{workspace}/reopen", ask_reopen, reopen),
        Screen::asking("/workspaces/{workspace}/remove", ask_remove, remove),
    ]
}

fn show_rename(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (workspace, space) = found(rows, visit)?;
    if !visit.authority.may(WORKSPACE_MANAGE, Area::Workspace(space.id, workspace.number)) {
        require(visit.authority, WORKSPACES_MANAGE, Area::Space(space.id))?;
    }
    let name = visit.value("name", workspace.name.as_str()).to_owned();
    Html::of(&WorkspaceNamePage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        title: format!("Rename {}", workspace.name),
        says: "Tokens and scopes name it by its number and do not notice.",
        button: "Rename",
        name: &name,
        back: path_of(&workspace),
    })
}

fn rename(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (workspace, _) = found(change, visit)?;
    let input = RenameWorkspace { number: workspace.number, name: visit.read("name", Name::parse)? };
    workspaces::rename(change, visit.deps(), visit.authority, input).map_err(tied)?;
    Ok(Next::done(&path_of(&workspace), "workspace-renamed"))
}

fn ask(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    verb: &str,
    says: impl FnOnce(Option<String>) -> Vec<String>,
) -> Result<Html, Refused> {
    let (workspace, space) = found(rows, visit)?;
    require(visit.authority, WORKSPACES_MANAGE, Area::Space(space.id))?;
    let question = Question {
        title: format!("{verb} {}", workspace.name),
        says: says(who_works_there(rows, visit, &workspace, &space)?),
        boxes: Vec::new(),
        is_danger: verb != "Reopen",
        back: path_of(&workspace),
    };
    question.page(visit, place(&space))
}

/// How many people and keys hold roles there, as far as whoever asks may know.
fn who_works_there(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    workspace: &Workspace,
    space: &Space,
) -> Result<Option<String>, Refused> {
    let people = count(workspaces::members(rows, visit.authority, workspace.number, PageRequest::largest()))?;
    let filter = KeyFilter { workspace: Some(workspace.id), ..KeyFilter::default() };
    let keys = count(facts::list(rows, visit.authority, space.id, &filter, PageRequest::largest()))?;
    let parts: Vec<String> =
        [people.map(|many| told(many, "user", "users")), keys.map(|many| told(many, "API key", "API keys"))]
            .into_iter()
            .flatten()
            .collect();
    Ok(Some(parts.join(" and ")).filter(|text| !text.is_empty()))
}

/// How many there are, and whether there are more; nothing for those who may not know.
fn count<Item, Key>(page: Result<Page<Item, Key>, Error>) -> Result<Option<(usize, bool)>, Refused> {
    match page {
        Ok(Page { items, next }) => Ok(Some((items.len(), next.is_some()))),
        Err(Error::MissingPermission(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn told((count, more): (usize, bool), one: &str, many: &str) -> String {
    let least = if more { "more than " } else { "" };
    format!("{least}{count} {}", if count == 1 { one } else { many })
}

fn ask_close(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Close", |who| {
        let mut says = vec!["Roles in it stop counting at once, also in tokens that are out.".to_owned()];
        says.extend(who.map(|who| format!("Roles there are held by {who}.")));
        says.push("Nothing is lost: reopened, the same roles count again.".to_owned());
        says
    })
}

fn close(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (workspace, _) = found(change, visit)?;
    workspaces::close(change, visit.deps(), visit.authority, workspace.number)?;
    Ok(Next::done(&path_of(&workspace), "workspace-closed"))
}

fn ask_reopen(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Reopen", |who| {
        let who = who.map_or_else(|| "All roles".to_owned(), |who| format!("The roles of {who}"));
        vec![format!("{who} there count again at once.")]
    })
}

fn reopen(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (workspace, _) = found(change, visit)?;
    workspaces::reopen(change, visit.deps(), visit.authority, workspace.number)?;
    Ok(Next::done(&path_of(&workspace), "workspace-reopened"))
}

fn ask_remove(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Remove", |who| {
        let who = who.map(|who| format!(": those of {who}")).unwrap_or_default();
        vec![
            format!("All roles in it are taken for good{who}."),
            "Its number is never given again. What programs keep under that number is theirs to remove.".to_owned(),
            "If it may be needed again, close it instead.".to_owned(),
        ]
    })
}

fn remove(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let number: WorkspaceNumber = visit.path()?;
    let (workspace, _) = found(change, visit)?;
    let space = spaces::find(change, visit.authority, workspace.space)?;
    workspaces::remove(change, visit.deps(), visit.authority, number)?;
    Ok(Next::done(&format!("/spaces/{}/workspaces", space.id), "workspace-removed"))
}
