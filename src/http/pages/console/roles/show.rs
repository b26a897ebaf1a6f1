//! One role: what it permits, and who may give it.

use std::collections::HashMap;

use askama::Template;

use super::{can_be_copied, manages, path_of, role_of, words as role_words};
use crate::{
    domain::{
        authority::Area,
        permission::PermissionClass,
        role::{Role, RoleHome},
        text_enum::TextEnum,
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            parts::pair,
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        view::Shell,
    },
    manage::{names_of_ids::names_of, roles, spaces},
    store::{Rows, transaction::Reads},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/roles/{role}", show), Screen::looking("/roles/{role}", find)]
}

#[derive(Debug, Template)]
#[template(path = "console/role.html")]
struct RolePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    /// Below the path of the issuer.
    path: String,
    id: String,
    name: String,
    description: String,
    level: &'static str,
    integration: Option<&'static str>,
    is_built_in: bool,
    is_admin_class: bool,
    /// Name and path of the role that it was copied from.
    copied_from: Option<(String, String)>,
    /// Heading, what it takes, and the permissions.
    classes: Vec<(&'static str, &'static str, Vec<PermissionLine>)>,
    givers: &'static str,
    /// What whoever looks would have to hold to give it.
    lacking: Vec<String>,
    copy: Option<String>,
    can_edit: bool,
}

#[derive(Debug)]
struct PermissionLine {
    name: String,
    description: String,
}

/// What each permission lets people do, in words.
pub(super) fn descriptions(rows: &mut impl Reads) -> Result<HashMap<String, String>, Refused> {
    let (known, registered) = roles::permissions(rows)?;
    let known = known.iter().map(|permission| (permission.name.to_owned(), permission.description.to_owned()));
    let registered = registered
        .into_iter()
        .map(|permission| (permission.name.as_str().to_owned(), permission.description.as_str().to_owned()));
    Ok(known.chain(registered).collect())
}

/// Built-in roles are the same in every space and are shown in that of whoever looks; others in their own.
fn find(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let role = roles::show(rows, visit.authority, visit.path()?)?;
    let space = match role.home {
        RoleHome::BuiltIn => visit.who().home.id,
        RoleHome::Space(space) => space,
    };
    Err(Refused::Elsewhere(path_of(space, &role)))
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let role = role_of(rows, visit, space.id)?;
    let descriptions = descriptions(rows)?;
    let manages = manages(visit, space.id);
    let original = role.copied_from.map(|original| original.to_string());
    let names = names_of(rows, visit.authority, original.iter().map(String::as_str))?;
    let may_give = |name: &str| visit.authority.may_give(name, Area::Space(space.id));
    let lacking = role.permissions.iter().map(|held| held.name.clone()).filter(|name| !may_give(name));
    let copy = manages && can_be_copied(&role);
    let view = RolePage {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Roles)),
        path: path_of(space.id, &role),
        id: role.id.to_string(),
        name: role.name.as_str().to_owned(),
        description: role.description.as_str().to_owned(),
        level: role_words::level(role.level),
        integration: role_words::integration(role.integration),
        is_built_in: role.is_built_in(),
        is_admin_class: role.admin_class,
        copied_from: original.and_then(|id| {
            let name = names.get(&id)?.clone();
            Some((name, format!("/spaces/{}/roles/{id}", space.id)))
        }),
        classes: PermissionClass::ALL.iter().filter_map(|class| of_class(&role, *class, &descriptions)).collect(),
        givers: role_words::givers(&role),
        lacking: if can_be_copied(&role) { lacking.collect() } else { Vec::new() },
        copy: copy.then(|| format!("/spaces/{}/roles/copy?{}", space.id, pair("from", role.name.as_str()))),
        can_edit: manages && !role.is_built_in(),
    };
    Html::of(&view)
}

fn of_class(
    role: &Role,
    class: PermissionClass,
    descriptions: &HashMap<String, String>,
) -> Option<(&'static str, &'static str, Vec<PermissionLine>)> {
    let held = role.permissions.iter().filter(|held| held.class == class);
    let lines: Vec<PermissionLine> = held
        .map(|held| PermissionLine {
            name: held.name.clone(),
            description: descriptions.get(&held.name).cloned().unwrap_or_default(),
        })
        .collect();
    let (heading, needs) = role_words::class(class);
    (!lines.is_empty()).then_some((heading, needs, lines))
}
