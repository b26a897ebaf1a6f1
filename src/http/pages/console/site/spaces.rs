//! All spaces of the site.

use askama::Template;

use crate::{
    domain::space::SpaceState,
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::{Light, Pager},
            refused::Refused,
            screen::Html,
            words,
        },
        filters,
        view::Shell,
    },
    manage::{
        site,
        spaces::{self, SpaceFacts},
    },
    store::Rows,
};

#[derive(Debug, Template)]
#[template(path = "console/site_spaces.html")]
struct SiteSpacesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    spaces: Vec<SpaceLine>,
    pager: Pager,
}

#[derive(Debug)]
struct SpaceLine {
    id: String,
    name: String,
    kind: &'static str,
    state: Light,
    is_open: bool,
    keys: Light,
    supports_keys: bool,
}

pub(super) fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    site::show(rows, visit.authority)?;
    let page = spaces::list(rows, visit.authority, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let line = |SpaceFacts { space, .. }: SpaceFacts| SpaceLine {
        id: space.id.to_string(),
        kind: words::space_kind(space.kind),
        is_open: space.state == SpaceState::Open,
        state: match space.state {
            SpaceState::Open => Light::Good("Open"),
            SpaceState::Closed => Light::Off("Closed"),
        },
        keys: match (space.api_keys_supported, space.api_keys_enabled) {
            (false, _) => Light::Off("Not supported"),
            (true, false) => Light::Off("Switched off by the space"),
            (true, true) => Light::Good("On"),
        },
        supports_keys: space.api_keys_supported,
        name: space.name.as_str().to_owned(),
    };
    let spaces = page.items.into_iter().map(line).collect();
    Html::of(&SiteSpacesPage { shell: visit.shell(), frame: visit.frame(super::SPACES), spaces, pager })
}
