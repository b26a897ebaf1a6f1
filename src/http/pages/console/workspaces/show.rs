//! One workspace: who works there, and which keys reach into it.

use askama::Template;

use super::{found, list::light, path_of, place};
use crate::{
    domain::{
        authority::Area,
        page::Page,
        permission::{AUDIT_READ, KEYS_MANAGE, WORKSPACE_MANAGE, WORKSPACES_MANAGE},
    },
    http::pages::{
        console::{
            asked::{Visit, first_page},
            frame::Frame,
            keys::line::{KeyLine, lines as key_lines},
            parts::{Light, Pager},
            refused::Refused,
            screen::{Html, Screen},
            users::{UserLine, lines},
        },
        filters,
        view::Shell,
    },
    manage::{Error, facts, members},
    store::{Rows, api_keys::KeyFilter},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/workspaces/{workspace}", show)]
}

#[derive(Debug, Template)]
#[template(path = "console/workspace.html")]
struct WorkspacePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    name: String,
    number: String,
    state: Light,
    is_open: bool,
    rename: Option<String>,
    may_manage: bool,
    /// Nothing for those who give no roles there.
    members: Option<Vec<UserLine>>,
    pager: Pager,
    /// Nothing for those who do not manage keys.
    keys: Option<Vec<KeyLine>>,
    has_more_keys: bool,
    audit: Option<String>,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (workspace, space) = found(rows, visit)?;
    let authority = visit.authority;
    let manages = |permission: &str| authority.may(permission, Area::Space(space.id));
    let (members, next) = match members::of_workspace(rows, authority, workspace.number, visit.page()) {
        Ok(Page { items, next }) => (Some(lines(rows, visit, items, None)?), next),
        Err(Error::MissingPermission(_)) => (None, None),
        Err(error) => return Err(error.into()),
    };
    let (keys, has_more_keys) = if manages(KEYS_MANAGE) {
        let filter = KeyFilter { workspace: Some(workspace.id), ..KeyFilter::default() };
        let page = facts::list(rows, authority, space.id, &filter, first_page())?;
        (Some(key_lines(rows, visit, page.items)?), page.next.is_some())
    } else {
        (None, false)
    };
    let may_manage = manages(WORKSPACES_MANAGE);
    let here = Area::Workspace(space.id, workspace.number);
    Html::of(&WorkspacePage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        rename: (may_manage || authority.may(WORKSPACE_MANAGE, here))
            .then(|| format!("{}/rename", path_of(&workspace))),
        path: path_of(&workspace),
        name: workspace.name.as_str().to_owned(),
        number: workspace.number.to_string(),
        state: light(&workspace),
        is_open: workspace.is_open(),
        may_manage,
        members,
        pager: Pager::new(visit, next),
        keys,
        has_more_keys,
        audit: manages(AUDIT_READ).then(|| format!("/spaces/{}/audit?workspace={}", space.id, workspace.number)),
    })
}
