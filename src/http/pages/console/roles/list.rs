//! The catalogue: the roles that exist in a space, with what each is for.

use askama::Template;

use super::{can_be_copied, manages, path_of, words as role_words};
use crate::{
    domain::role::Role,
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            parts::{Pager, pair},
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        view::Shell,
    },
    manage::{names_of_ids::names_of, roles, spaces},
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/roles", list)]
}

#[derive(Debug, Template)]
#[template(path = "console/roles.html")]
struct RolesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// Below the path of the issuer.
    path: String,
    manages: bool,
    roles: Vec<RoleLine>,
    pager: Pager,
}

#[derive(Debug)]
struct RoleLine {
    path: String,
    name: String,
    description: String,
    level: &'static str,
    is_built_in: bool,
    integration: Option<&'static str>,
    /// What people call the role that it was copied from.
    copied_from: Option<String>,
    permissions: usize,
    /// Where it can be copied.
    copy: Option<String>,
}

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let page = roles::list(rows, visit.authority, space.id, visit.page())?;
    let pager = Pager::new(visit, page.next);
    let originals: Vec<String> =
        page.items.iter().filter_map(|role| role.copied_from).map(|original| original.to_string()).collect();
    let names = names_of(rows, visit.authority, originals.iter().map(String::as_str))?;
    let path = format!("/spaces/{}/roles", space.id);
    let manages = manages(visit, space.id);
    let line = |role: Role| RoleLine {
        path: path_of(space.id, &role),
        copied_from: role.copied_from.and_then(|original| names.get(&original.to_string()).cloned()),
        copy: (manages && can_be_copied(&role)).then(|| format!("{path}/copy?{}", pair("from", role.name.as_str()))),
        level: role_words::level(role.level),
        is_built_in: role.is_built_in(),
        integration: role_words::integration(role.integration),
        permissions: role.permissions.len(),
        name: role.name.as_str().to_owned(),
        description: role.description.as_str().to_owned(),
    };
    let roles = page.items.into_iter().map(line).collect();
    let frame = visit.frame(Place::Space(&space, SpaceTab::Roles));
    Html::of(&RolesPage { shell: visit.shell(), frame, roles, pager, manages, path })
}
