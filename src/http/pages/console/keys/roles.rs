//! What a key may do, workspace by workspace: roles that can be given to it, and why others cannot (L109, L112, L135).

use std::collections::BTreeSet;

use askama::Template;

use super::{place, space_of};
use crate::{
    domain::{
        ids::ApiKeyId,
        page::{PageRequest, PageSize},
        rights,
        workspace::WorkspaceKey,
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::Pager,
            refused::Refused,
            role_picker::{requests, value},
            screen::{Html, Next, Screen},
            words as console_words,
        },
        filters,
        view::Shell,
    },
    manage::{
        facts::{self, KeyFacts},
        grantable::{self, Grantable},
        key_roles::{self, ChangeKeyRole},
    },
    store::{Change, Rows},
};

/// Workspaces on one page, each with a line for each role.
const WORKSPACES: &str = "20";

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::asking("/keys/{key}/roles", show, save)]
}

#[derive(Debug, Template)]
#[template(path = "console/key_roles.html")]
struct KeyRolesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    key_name: String,
    inherits: bool,
    groups: Vec<Group>,
    refused: Vec<Refusal>,
    pager: Pager,
}

/// The roles of one workspace, or of the space.
#[derive(Debug)]
struct Group {
    name: String,
    lines: Vec<Line>,
}

/// A role that can be given there, or is held.
#[derive(Debug)]
struct Line {
    value: String,
    role: String,
    description: String,
    is_ticked: bool,
    is_held: bool,
}

/// A role that cannot be given there, and why.
#[derive(Debug)]
struct Refusal {
    role: String,
    place: String,
    why: &'static str,
}

fn held(facts: &KeyFacts) -> BTreeSet<String> {
    let values = facts.own_roles.iter().map(|(role, place)| match place {
        rights::Place::Workspace(WorkspaceKey::One(number)) => value(role.as_str(), Some(*number)),
        rights::Place::Site | rights::Place::Space | rights::Place::Workspace(WorkspaceKey::All) => {
            value(role.as_str(), None)
        }
    });
    values.collect()
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let id = visit.path()?;
    let facts = facts::show(rows, visit.authority, id)?;
    let space = space_of(rows, visit, &facts)?;
    let size = PageSize::parse(WORKSPACES).unwrap_or_default();
    let page = grantable::for_key(rows, visit.authority, id, PageRequest { size, ..visit.page() })?;
    let pager = Pager::new(visit, page.next);
    let held = held(&facts);
    let ticked: BTreeSet<&str> = visit.form().all("role").collect();
    let (mut groups, mut refused) = (Vec::<Group>::new(), Vec::new());
    for Grantable { role, description, workspace, reason, space: of } in page.items {
        let value = value(role.as_str(), workspace.as_ref().map(|(number, _)| *number));
        let is_here = of == space.id;
        let place = match workspace {
            _ if !is_here => "Another space".to_owned(),
            Some((_, name)) => name.to_string(),
            None => "The whole space".to_owned(),
        };
        let is_held = is_here && held.contains(&value);
        if let Some(reason) = reason.filter(|_| !is_held) {
            refused.push(Refusal { role: role.as_str().to_owned(), place, why: console_words::not_grantable(reason) });
            continue;
        }
        let is_ticked = if visit.complaint().is_some() { ticked.contains(value.as_str()) } else { is_held };
        let description = description.as_str().to_owned();
        let line = Line { value, role: role.as_str().to_owned(), description, is_ticked, is_held };
        match groups.last_mut().filter(|group| group.name == place) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { name: place, lines: vec![line] }),
        }
    }
    Html::of(&KeyRolesPage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, &space)),
        path: format!("/keys/{id}"),
        key_name: facts.key.name.to_string(),
        inherits: facts.key.owner.inherits(),
        groups,
        refused,
        pager,
    })
}

/// Gives and takes what differs from what was shown. Roles on other pages stay as they are.
fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id: ApiKeyId = visit.path()?;
    let (was_held, ticked): (BTreeSet<&str>, BTreeSet<&str>) =
        (visit.form().all("held").collect(), visit.form().all("role").collect());
    let taken = was_held.difference(&ticked).copied();
    for request in requests(taken)? {
        key_roles::take(change, visit.deps(), visit.authority, ChangeKeyRole { id, request })?;
    }
    let given = ticked.difference(&was_held).copied();
    for request in requests(given)? {
        key_roles::give(change, visit.deps(), visit.authority, ChangeKeyRole { id, request })?;
    }
    Ok(Next::done(&format!("/keys/{id}"), "roles-saved"))
}
