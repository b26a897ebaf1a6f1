//! Making a role: from nothing, or as a copy that is trimmed; and trimming one that is there.

use std::collections::BTreeSet;

use askama::Template;

use super::{can_be_copied, managed_space, own_role_of, path_of, show::descriptions, words as role_words};
use crate::{
    domain::{
        authority::Area,
        name::Description,
        permission::Level,
        role::{Integration, Role, RoleName},
        space::Space,
        text_enum::TextEnum,
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            parts::Choice,
            refused::Refused,
            screen::{Html, Next, Screen},
            shown_state,
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        Error, names,
        roles::{self, CopyRole, CreateRole, EditRole},
    },
    store::{Change, Rows, transaction::Reads},
};

const PERMISSION: &str = "permission";

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/spaces/{space}/roles/new", ask_new, make),
        Screen::asking("/spaces/{space}/roles/copy", ask_copy, copy),
        Screen::asking("/spaces/{space}/roles/{role}/edit", ask_edit, edit),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/role_form.html")]
struct RoleForm<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    lead: &'static str,
    /// What was typed as its name; none if it has one already.
    name: Option<&'a str>,
    description: String,
    /// Where it can be given, if that can be chosen.
    levels: Vec<Choice>,
    /// By where they have their meaning.
    permissions: Vec<(&'static str, Vec<PermissionBox>)>,
    button: &'static str,
    back: String,
}

#[derive(Debug)]
struct PermissionBox {
    name: String,
    description: String,
    is_ticked: bool,
}

/// The boxes of these permissions, ticked as they stand at first or as they were sent.
fn boxes(
    rows: &mut impl Reads,
    visit: &Visit<'_>,
    offered: &[(String, Level)],
    at_first: &dyn Fn(&str) -> bool,
) -> Result<Vec<(&'static str, Vec<PermissionBox>)>, Refused> {
    let descriptions = descriptions(rows)?;
    let sent: BTreeSet<&str> = visit.form().all(PERMISSION).collect();
    let was_sent = visit.complaint().is_some();
    let of_level = |level: Level, heading: &'static str| {
        let offered = offered.iter().filter(|(_, of)| *of == level);
        let boxes: Vec<PermissionBox> = offered
            .map(|(name, _)| PermissionBox {
                description: descriptions.get(name).cloned().unwrap_or_default(),
                is_ticked: if was_sent { sent.contains(name.as_str()) } else { at_first(name) },
                name: name.clone(),
            })
            .collect();
        (!boxes.is_empty()).then_some((heading, boxes))
    };
    let both = [of_level(Level::Workspace, "In workspaces"), of_level(Level::Space, "In the whole space")];
    Ok(both.into_iter().flatten().collect())
}

/// All permissions with where they have their meaning, and whether a role that is made by people may have them.
fn known(rows: &mut impl Reads) -> Result<Vec<(String, Level, Integration)>, Refused> {
    let (known, registered) = roles::permissions(rows)?;
    let known = known.iter().map(|of| (of.name.to_owned(), of.level, of.integration));
    let registered = registered.into_iter().map(|of| (of.name.as_str().to_owned(), of.level, Integration::None));
    Ok(known.chain(registered).collect())
}

/// The permissions that whoever asks could put into a role like this one, and those that it has.
fn offered(
    rows: &mut impl Reads,
    visit: &Visit<'_>,
    space: &Space,
    role: Option<&Role>,
) -> Result<Vec<(String, Level)>, Refused> {
    let has = |name: &str| role.is_some_and(|role| role.permissions.iter().any(|held| held.name == name));
    let fits = |level: Level, integration: Integration| {
        let is_for_it = integration == Integration::None || role.is_some_and(|role| role.integration == integration);
        is_for_it && role.is_none_or(|role| level == role.level || role.level == Level::Space)
    };
    let may_give = |name: &str| visit.authority.may_give(name, Area::Space(space.id));
    let known = known(rows)?.into_iter().filter(|(name, level, integration)| {
        *level != Level::Site && (has(name) || (fits(*level, *integration) && may_give(name)))
    });
    Ok(known.map(|(name, level, _)| (name, level)).collect())
}

fn ask_new(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = managed_space(rows, visit)?;
    let offered = offered(rows, visit, &space, None)?;
    let level = visit.value("level", Level::Workspace.as_str());
    let view = RoleForm {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Roles)),
        title: "New role".to_owned(),
        lead: "A role of this space. You can put into it what you may do yourself.",
        name: Some(visit.value("name", "")),
        description: visit.value("description", "").to_owned(),
        levels: vec![
            Choice::new(Level::Workspace, "In chosen workspaces", level),
            Choice::new(Level::Space, "In the whole space", level),
        ],
        permissions: boxes(rows, visit, &offered, &|_| false)?,
        button: "Create role",
        back: format!("/spaces/{}/roles", space.id),
    };
    Html::of(&view)
}

fn make(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let space = managed_space(change, visit)?;
    let input = CreateRole {
        space: space.id,
        name: name(visit)?,
        description: visit.read("description", Description::parse)?,
        level: visit.read("level", Level::parse)?,
        permissions: chosen(visit),
    };
    let made = roles::create(change, visit.deps(), visit.authority, input).map_err(about_name)?;
    Ok(Next::done(&format!("/spaces/{}/roles/{made}", space.id), "role-made"))
}

/// The role that is copied, by the name in the query.
fn original(rows: &mut impl Reads, visit: &Visit<'_>, space: &Space) -> Result<Role, Refused> {
    let from = visit.query().get("from").unwrap_or_default();
    let id = names::role(rows, visit.authority, space.id, from).map_err(|error| match error {
        Error::UnknownRole(given) => Error::NotFound { what: "role", given },
        other => other,
    })?;
    let role = roles::show(rows, visit.authority, id)?;
    match role.level {
        _ if can_be_copied(&role) => Ok(role),
        Level::Site => Err(Error::SiteRole(role.name.as_str().to_owned()).into()),
        _ => Err(Error::InternalRole(role.name.as_str().to_owned()).into()),
    }
}

fn ask_copy(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = managed_space(rows, visit)?;
    let original = original(rows, visit, &space)?;
    let known = known(rows)?;
    let level_of = |name: &str| known.iter().find(|(of, ..)| of == name).map_or(original.level, |(_, level, _)| *level);
    let held = original.permissions.iter().map(|held| (held.name.clone(), level_of(&held.name)));
    let held: Vec<(String, Level)> = held.collect();
    let view = RoleForm {
        shell: visit.shell(),
        frame: visit.frame(Place::Space(&space, SpaceTab::Roles)),
        title: format!("Copy {}", original.name),
        lead: "Take away what the copy should not be able to do. It does not follow the original: what that gains or loses later, the copy does not.",
        name: Some(visit.value("name", "")),
        description: visit.value("description", original.description.as_str()).to_owned(),
        levels: Vec::new(),
        permissions: boxes(rows, visit, &held, &|_| true)?,
        button: "Create copy",
        back: path_of(space.id, &original),
    };
    Html::of(&view)
}

fn copy(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let space = managed_space(change, visit)?;
    let original = original(change, visit, &space)?;
    let input = CopyRole {
        space: space.id,
        from: original.name.as_str().to_owned(),
        name: name(visit)?,
        description: Some(visit.read("description", Description::parse)?),
        permissions: Some(chosen(visit)),
    };
    let made = roles::copy(change, visit.deps(), visit.authority, input).map_err(about_name)?;
    Ok(Next::done(&format!("/spaces/{}/roles/{made}", space.id), "role-made"))
}

fn ask_edit(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = managed_space(rows, visit)?;
    let role = own_role_of(rows, visit, space.id)?;
    let offered = offered(rows, visit, &space, Some(&role))?;
    let has = |name: &str| role.permissions.iter().any(|held| held.name == name);
    let view = RoleForm {
        shell: visit.shell(),
        frame: visit
            .frame(Place::Space(&space, SpaceTab::Roles))
            .showing(shown_state::mark(visit, &(&role.description, &role.permissions))),
        title: format!("Edit {}", role.name),
        lead: "What the role loses, its holders lose at once, also in tokens that they have. What it gains counts at once, too.",
        name: None,
        description: visit.value("description", role.description.as_str()).to_owned(),
        levels: Vec::new(),
        permissions: boxes(rows, visit, &offered, &has)?,
        button: "Save role",
        back: path_of(space.id, &role),
    };
    Html::of(&view)
}

fn edit(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let space = managed_space(change, visit)?;
    let role = own_role_of(change, visit, space.id)?;
    shown_state::refuse_other(visit, &(&role.description, &role.permissions))?;
    let description = Some(visit.read("description", Description::parse)?);
    let input = EditRole { id: role.id, description, permissions: Some(chosen(visit)) };
    roles::edit(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(&path_of(space.id, &role), "role-saved"))
}

fn name(visit: &Visit<'_>) -> Result<RoleName, Refused> {
    visit.read("name", |text| RoleName::parse(text).ok_or(role_words::NAME))
}

fn chosen(visit: &Visit<'_>) -> Vec<String> {
    visit.form().all(PERMISSION).map(str::to_owned).collect()
}

fn about_name(error: Error) -> Refused {
    let is_about_name = matches!(error, Error::NameTaken { .. });
    let refused = Refused::from(error);
    if is_about_name { refused.about("name") } else { refused }
}
