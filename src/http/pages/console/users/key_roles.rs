//! Roles of a user's keys in one workspace, given and taken from the side of the user (L114).

use askama::Template;

use super::{found, path_of, place};
use crate::{
    domain::{
        api_key::KeyStatus,
        ids::{ApiKeyId, UserId},
        page::PageRequest,
        workspace::{Workspace, WorkspaceNumber},
    },
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            frame::Frame,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next, Screen},
            words::not_grantable,
        },
        filters,
        view::Shell,
    },
    manage::{
        Error, RoleRequest,
        facts::{self, KeyFacts},
        grantable::{self, NotGrantable},
        key_roles::{self, ChangeKeyRole},
        spaces, workspaces,
    },
    store::{Change, Rows, api_keys::KeyFilter, transaction::Reads},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/users/{user}/workspaces/{workspace}/keys/give", show_give, give),
        Screen::asking("/users/{user}/workspaces/{workspace}/keys/{key}/roles/{role_name}/take", ask_take, take),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/user_key_roles.html")]
struct GivePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: String,
    workspace: String,
    back: String,
    new_key: String,
    keys: Vec<Choice>,
    roles: Vec<RoleToGive>,
    others: Vec<(String, &'static str)>,
}

/// A role that the key can get.
#[derive(Debug)]
struct RoleToGive {
    name: String,
    description: String,
    is_ticked: bool,
}

fn show_give(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (user, _) = found(rows, visit)?;
    let id = user.user.id;
    let workspace = workspaces::show(rows, visit.authority, visit.path()?)?;
    let mut keys = facts::of_user(rows, visit.authority, id, &KeyFilter::default(), PageRequest::largest())?.items;
    keys.retain(|facts: &KeyFacts| !facts.key.owner.inherits() && facts.status != KeyStatus::Revoked);
    // The one workspace: the first behind the number before its own.
    let before = WorkspaceNumber::new(workspace.number.get().saturating_sub(1));
    let there =
        grantable::for_user(rows, visit.authority, id, PageRequest { after: before, ..PageRequest::default() })?;
    let mut there = there.items;
    there.retain(|found| found.workspace.as_ref().is_some_and(|(number, _)| *number == workspace.number));
    let ticked: Vec<&str> = visit.form().all("role").collect();
    let roles = there.iter().filter(|found| found.reason.is_none()).map(|found| RoleToGive {
        name: found.role.as_str().to_owned(),
        description: found.description.as_str().to_owned(),
        is_ticked: ticked.contains(&found.role.as_str()),
    });
    let is_telling = |reason: &NotGrantable| !matches!(reason, NotGrantable::NotHeld | NotGrantable::InternalRole);
    let others = there.iter().filter_map(|found| {
        let reason = found.reason.filter(is_telling)?;
        Some((found.role.as_str().to_owned(), not_grantable(reason)))
    });
    let chosen = visit.value("key", visit.query().get("key").unwrap_or_default());
    let space = spaces::find(rows, visit.authority, workspace.space)?;
    Html::of(&GivePage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        name: user.profile.full_name.as_str().to_owned(),
        workspace: workspace.name.as_str().to_owned(),
        back: format!("{}/workspaces", path_of(id)),
        new_key: format!("{}/keys/new", path_of(id)),
        keys: keys.iter().map(|facts| Choice::new(facts.key.id, facts.key.name.as_str(), chosen)).collect(),
        roles: roles.collect(),
        others: others.collect(),
    })
}

fn give(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (user, workspace) = (visit.path()?, visit.path()?);
    let id: ApiKeyId = visit.read("key", |text| text.parse().map_err(|_| "choose a key of the user"))?;
    key_of(change, visit, user, id)?;
    let mut roles = visit.form().all("role").peekable();
    if roles.peek().is_none() {
        return Err(Refused::field("roles", &"choose a role"));
    }
    for role in roles {
        let request = RoleRequest { role: role.to_owned(), workspaces: vec![workspace] };
        let given = key_roles::give(change, visit.deps(), visit.authority, ChangeKeyRole { id, request });
        given.map_err(|error| Refused::from(error).about("roles"))?;
    }
    Ok(Next::done(&format!("{}/workspaces", path_of(user)), "key-role-given"))
}

/// The page is about keys of this user alone.
fn key_of(tx: &mut impl Reads, visit: &Visit<'_>, user: UserId, key: ApiKeyId) -> Result<KeyFacts, Refused> {
    let facts = facts::show(tx, visit.authority, key)?;
    if facts.key.owner.user() == Some(user) {
        Ok(facts)
    } else {
        Err(Error::NotFound { what: "API key", given: key.to_string() }.into())
    }
}

fn ask_take(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = key_of(rows, visit, visit.path()?, visit.path()?)?;
    let workspace: Workspace = workspaces::show(rows, visit.authority, visit.path()?)?;
    let space = spaces::find(rows, visit.authority, workspace.space)?;
    if facts.key.owner.inherits() {
        return Err(Error::InheritsRoles.into());
    }
    let question = Question {
        title: format!("Take {} in {} from the key {}", visit.path_text("role_name"), workspace.name, facts.key.name),
        says: vec![
            "It counts no more at once: tokens that are out lose it too.".to_owned(),
            "The user keeps the role, and the key keeps its other roles.".to_owned(),
        ],
        boxes: Vec::new(),
        is_danger: true,
        back: format!("{}/workspaces", path_of(visit.path()?)),
    };
    question.page(visit, place(&space))
}

fn take(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (user, id, workspace) = (visit.path()?, visit.path()?, visit.path()?);
    key_of(change, visit, user, id)?;
    let request = RoleRequest { role: visit.path_text("role_name").to_owned(), workspaces: vec![workspace] };
    key_roles::take(change, visit.deps(), visit.authority, ChangeKeyRole { id, request })?;
    Ok(Next::done(&format!("{}/workspaces", path_of(user)), "key-role-taken"))
}
