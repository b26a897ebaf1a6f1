//! A user as lists and the user's own page show one.

use std::collections::BTreeMap;

use super::words;
use crate::{
    domain::{
        assignment::AssignmentSource,
        authority::Area,
        ids::SpaceId,
        name::Name,
        permission::Level,
        user::{AccountType, UserState},
        workspace::WorkspaceNumber,
    },
    http::pages::{
        console::{asked::Visit, parts::Light, refused::Refused},
        moment::Moment,
    },
    manage::{
        facts::{HeldByUser, UserFacts},
        names, user_roles, workspaces,
    },
    store::transaction::Reads,
};

/// A user.
#[derive(Debug)]
pub(in crate::http::pages::console) struct UserLine {
    pub(in crate::http::pages::console) id: String,
    pub(in crate::http::pages::console) path: String,
    pub(in crate::http::pages::console) name: String,
    pub(in crate::http::pages::console) login: String,
    pub(in crate::http::pages::console) is_service: bool,
    pub(in crate::http::pages::console) state: Light,
    /// What is worth a second look, in a few words.
    pub(in crate::http::pages::console) warnings: Vec<&'static str>,
    pub(in crate::http::pages::console) roles: Vec<HeldLine>,
    pub(in crate::http::pages::console) last_login: Option<Moment>,
}

/// A role that a user holds in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::pages::console) struct HeldLine {
    pub(in crate::http::pages::console) role: String,
    /// The workspace, or nothing.
    pub(in crate::http::pages::console) workspace: Option<String>,
    /// What it counts in, if that is no workspace.
    pub(in crate::http::pages::console) whole: &'static str,
    /// The space that the place lies in.
    pub(in crate::http::pages::console) space: String,
    /// Whether an identity provider gives and takes it.
    pub(in crate::http::pages::console) is_from_idp: bool,
    /// Where it is taken, for those who may.
    pub(in crate::http::pages::console) take: Option<String>,
}

/// These users, with names in the place of ids: two queries for all of them. `only` leaves out roles of other spaces.
pub(in crate::http::pages::console) fn lines(
    tx: &mut impl Reads,
    visit: &Visit<'_>,
    users: Vec<UserFacts>,
    only: Option<SpaceId>,
) -> Result<Vec<UserLine>, Refused> {
    let held = || users.iter().flat_map(|facts| &facts.roles);
    let numbers: Vec<WorkspaceNumber> = held().filter_map(|held| held.workspace).collect();
    let spaces: Vec<SpaceId> = held().map(|held| held.space).collect();
    let names = Names {
        workspaces: workspaces::names(tx, visit.authority, &numbers)?,
        spaces: names::of_spaces(tx, visit.authority, &spaces)?,
    };
    Ok(users.into_iter().map(|facts| line(visit, facts, only, &names)).collect())
}

struct Names {
    workspaces: BTreeMap<WorkspaceNumber, Name>,
    spaces: BTreeMap<SpaceId, Name>,
}

fn line(visit: &Visit<'_>, facts: UserFacts, only: Option<SpaceId>, names: &Names) -> UserLine {
    let UserFacts { user, profile, roles, at_home } = facts;
    let path = super::path_of(user.id);
    let shown = roles.iter().filter(|held| only.is_none_or(|space| held.space == space));
    let mut roles: Vec<HeldLine> = shown.map(|held| held_line(visit, &path, held, names)).collect();
    roles.sort_by(|one, other| {
        (&one.space, &one.workspace, &one.role).cmp(&(&other.space, &other.workspace, &other.role))
    });
    UserLine {
        id: user.id.to_string(),
        name: profile.full_name.as_str().to_owned(),
        login: profile.login.as_str().to_owned(),
        is_service: profile.account_type == AccountType::Service,
        state: match user.state {
            UserState::Active => Light::Good("Active"),
            UserState::Disabled => Light::Off("Disabled"),
        },
        warnings: profile.warnings().into_iter().map(words::brief).collect(),
        roles,
        last_login: at_home.and_then(|home| home.last_logged_in_at).map(|at| Moment::new(at, visit.now())),
        path,
    }
}

fn held_line(visit: &Visit<'_>, path: &str, held: &HeldByUser, names: &Names) -> HeldLine {
    let name = &held.role.name;
    let (area, at, whole) = match (held.workspace, held.role.level) {
        (Some(number), _) => (Area::Workspace(held.space, number), format!("workspaces/{number}"), ""),
        (None, Level::Site) => (Area::Site, format!("spaces/{}", held.space), "the whole site"),
        (None, _) => (Area::Space(held.space), format!("spaces/{}", held.space), "the whole space"),
    };
    let is_from_idp = held.source == AssignmentSource::IdentityProvider;
    let may_take = !is_from_idp && user_roles::may_give(visit.authority, area);
    let workspace = |number: WorkspaceNumber| {
        names.workspaces.get(&number).map_or_else(|| number.to_string(), |name| name.as_str().to_owned())
    };
    HeldLine {
        role: name.as_str().to_owned(),
        workspace: held.workspace.map(workspace),
        whole,
        space: names.spaces.get(&held.space).map(|name| name.as_str().to_owned()).unwrap_or_default(),
        is_from_idp,
        take: may_take.then(|| format!("{path}/{at}/roles/{name}/take")),
    }
}
