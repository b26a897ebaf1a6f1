//! The spaces that somebody belongs to, and the way into one.

use askama::Template;

use super::{
    asked::Visit,
    frame::{Frame, Place, space_tabs},
    parts::{Light, Pager},
    refused::Refused,
    screen::{Html, Screen},
};
use crate::{
    domain::space::SpaceState,
    http::pages::{filters, view::Shell},
    manage::spaces::{self, SpaceFacts},
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces", list), Screen::looking("/spaces/{space}", enter)]
}

#[derive(Debug, Template)]
#[template(path = "console/spaces.html")]
struct SpacesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    spaces: Vec<SpaceLine>,
    pager: Pager,
}

#[derive(Debug)]
struct SpaceLine {
    path: String,
    name: String,
    kind: &'static str,
    state: Light,
    is_home: bool,
}

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let page = spaces::list(rows, visit.authority, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let line = |SpaceFacts { space, .. }: SpaceFacts| SpaceLine {
        path: format!("/spaces/{}", space.id),
        kind: super::words::space_kind(space.kind),
        state: match space.state {
            SpaceState::Open => Light::Good("Open"),
            SpaceState::Closed => Light::Off("Closed"),
        },
        is_home: space.id == visit.who().home.id,
        name: space.name.as_str().to_owned(),
    };
    let spaces = page.items.into_iter().map(line).collect();
    Html::of(&SpacesPage { shell: visit.shell(), frame: visit.frame(Place::Elsewhere), spaces, pager })
}

/// Leads to the first page of the space that is of use to whoever comes; who manages nothing at home has an account.
fn enter(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let tabs = space_tabs(visit.authority, space.id, None);
    let is_for_all = |path: &str| path.ends_with("/roles") || path.ends_with("/workspaces");
    let managed = tabs.iter().find(|tab| !is_for_all(&tab.path));
    let to = match (managed, tabs.first()) {
        (Some(tab), _) => tab.path.clone(),
        (None, Some(seen)) if space.id != visit.who().home.id => seen.path.clone(),
        (None, _) => "/account".to_owned(),
    };
    Err(Refused::Elsewhere(to))
}
