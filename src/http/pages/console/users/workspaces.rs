//! The workspaces of a user: the roles held in each, and the keys that reach there (L114).

use askama::Template;

use super::{found, path_of, place};
use crate::{
    domain::{assignment::AssignmentSource, authority::Area, ids::SpaceId, role::RoleName},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::Pager,
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        view::Shell,
    },
    manage::{
        members::{self, KeyThere, UserWorkspace},
        user_roles,
    },
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/users/{user}/workspaces", list)]
}

#[derive(Debug, Template)]
#[template(path = "console/user_workspaces.html")]
struct UserWorkspacesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: String,
    path: String,
    workspaces: Vec<PlaceLine>,
    pager: Pager,
}

/// A workspace in which the user holds roles.
#[derive(Debug)]
struct PlaceLine {
    path: String,
    name: String,
    number: String,
    is_closed: bool,
    roles: Vec<RoleThere>,
    /// Nothing for those who may not know of keys.
    keys: Option<Vec<KeyLine>>,
    /// Where keys of the user get roles there.
    give: Option<String>,
}

#[derive(Debug)]
struct RoleThere {
    role: String,
    is_from_idp: bool,
    take: Option<String>,
}

#[derive(Debug)]
struct KeyLine {
    path: String,
    name: String,
    inherits: bool,
    /// Each role, and where the key loses it.
    roles: Vec<(String, String)>,
}

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, space) = found(rows, visit)?;
    let path = path_of(facts.user.id);
    let page = members::workspaces_of(rows, visit.authority, facts.user.id, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let line = |there: UserWorkspace| place_line(visit, &path, there, facts.user.home);
    let workspaces = page.items.into_iter().map(line).collect();
    let name = facts.profile.full_name.as_str().to_owned();
    let frame = visit.frame(place(&space));
    Html::of(&UserWorkspacesPage { shell: visit.shell(), frame, name, path: path.clone(), workspaces, pager })
}

fn place_line(visit: &Visit<'_>, path: &str, there: UserWorkspace, home: SpaceId) -> PlaceLine {
    let UserWorkspace { workspace, roles, keys } = there;
    let at = format!("{path}/workspaces/{}", workspace.number);
    let may_take = user_roles::may_give(visit.authority, Area::Workspace(workspace.space, workspace.number));
    let role = |(name, source): (RoleName, AssignmentSource)| {
        let is_from_idp = source == AssignmentSource::IdentityProvider;
        let take = (may_take && !is_from_idp).then(|| format!("{at}/roles/{name}/take"));
        RoleThere { role: name.as_str().to_owned(), is_from_idp, take }
    };
    let key = |KeyThere { id, name, inherits, roles }: KeyThere| KeyLine {
        path: format!("/keys/{id}"),
        name: name.as_str().to_owned(),
        inherits,
        roles: roles
            .iter()
            .map(|role| (role.as_str().to_owned(), format!("{at}/keys/{id}/roles/{role}/take")))
            .collect(),
    };
    // Keys reach no space but their owner's own, and no closed workspace.
    let may_give = keys.is_some() && workspace.space == home && workspace.is_open();
    PlaceLine {
        path: format!("/workspaces/{}", workspace.number),
        name: workspace.name.as_str().to_owned(),
        number: workspace.number.to_string(),
        is_closed: !workspace.is_open(),
        roles: roles.into_iter().map(role).collect(),
        keys: keys.map(|keys| keys.into_iter().map(key).collect()),
        give: may_give.then(|| format!("{at}/keys/give")),
    }
}
