//! Roles of a user: given, and taken together with what keys have of them.

use askama::Template;

use super::{done, found, life, path_of, place};
use crate::{
    domain::{
        authority::Area,
        ids::{SpaceId, UserId},
        page::PageRequest,
        rights::Place,
        workspace::{WorkspaceKey, WorkspaceNumber},
    },
    http::{
        api::request::PathValue,
        pages::{
            console::{
                asked::Visit,
                confirm::Question,
                frame::Frame,
                refused::Refused,
                role_picker::{self, Places, RoleCard},
                screen::{Html, Next, Screen},
            },
            filters,
            view::Shell,
        },
    },
    manage::{
        Error, RoleRequest,
        facts::{self, KeyFacts, UserFacts},
        reach::Listed,
        spaces,
        user_roles::{self, GiveUserRole, IfKeys, TakeUserRole},
        workspaces,
    },
    store::{Change, Rows, api_keys::KeyFilter, transaction::Reads},
};

/// The box by which keys lose the role too.
const WITH_KEYS: &str = "with_keys";

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/users/{user}/roles/new", show_new, give),
        Screen::asking("/users/{user}/spaces/{space}/roles/{role_name}/take", ask_take, take),
        Screen::asking("/users/{user}/workspaces/{workspace}/roles/{role_name}/take", ask_take, take),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/user_roles_new.html")]
struct NewRolesPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    space: String,
    is_guest: bool,
    back: String,
    roles: Vec<RoleCard>,
}

/// The space that roles are given in: the home, unless the query names another one.
fn space_of(tx: &mut impl Reads, visit: &Visit<'_>, facts: &UserFacts) -> Result<SpaceId, Refused> {
    match visit.query().get("space") {
        Some(text) => Ok(SpaceId::read(text).ok_or_else(crate::http::pages::refusal::PageRefusal::not_found)?),
        None => Ok(super::space_of(tx, visit, &facts.user)?.id),
    }
}

fn show_new(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (facts, _) = found(rows, visit)?;
    let id = space_of(rows, visit, &facts)?;
    let space = spaces::find(rows, visit.authority, id)?;
    if !user_roles::gives_somewhere(visit.authority, space.id) {
        return Err(Error::MissingPermission(crate::domain::permission::ROLES_MANAGE).into());
    }
    Html::of(&NewRolesPage {
        shell: visit.shell(),
        frame: visit.frame(place(&space)),
        title: format!("Give {} roles", facts.profile.full_name),
        space: space.name.as_str().to_owned(),
        is_guest: space.id != facts.user.home,
        back: path_of(facts.user.id),
        roles: role_picker::cards(rows, visit, space.id)?,
    })
}

/// The roles that were chosen: one at least.
pub(super) fn chosen(visit: &Visit<'_>) -> Result<(RoleRequest, Vec<RoleRequest>), Refused> {
    let mut chosen = role_picker::chosen(visit)?.into_iter();
    let first = chosen.next().ok_or_else(|| Refused::field("roles", &"choose a role, and where it is to count"))?;
    Ok((first, chosen.collect()))
}

fn give(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (facts, _) = found(change, visit)?;
    let (id, space) = (facts.user.id, space_of(change, visit, &facts)?);
    let (first, others) = chosen(visit)?;
    for request in std::iter::once(first).chain(others) {
        let given = user_roles::give(change, visit.deps(), visit.authority, GiveUserRole { id, space, request });
        given.map_err(|error| Refused::from(error).about("roles"))?;
    }
    Ok(done(id, "role-given"))
}

/// A role in a place, as the path names it.
struct Taken {
    id: UserId,
    space: SpaceId,
    workspace: Option<WorkspaceNumber>,
    role: String,
}

impl Taken {
    fn of(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<Self, Refused> {
        let (workspace, space) = if visit.path_text(WorkspaceNumber::NAME).is_empty() {
            (None, visit.path()?)
        } else {
            let workspace = workspaces::show(tx, visit.authority, visit.path()?)?;
            (Some(workspace.number), workspace.space)
        };
        Ok(Self { id: visit.path()?, space, workspace, role: visit.path_text("role_name").to_owned() })
    }

    const fn place(&self) -> Place {
        match self.workspace {
            Some(number) => Place::Workspace(WorkspaceKey::One(number)),
            None => Place::Space,
        }
    }

    fn area(&self) -> Area {
        self.workspace.map_or(Area::Space(self.space), |number| Area::Workspace(self.space, number))
    }

    /// Whether this key loses something: it chose the role, or it has all roles of its owner.
    fn is_lost_by(&self, facts: &KeyFacts) -> bool {
        let is_own = facts.own_roles.iter().any(|(role, place)| role.as_str() == self.role && *place == self.place());
        facts.key.space == self.space && (is_own || facts.key.owner.inherits())
    }
}

fn ask_take(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (user, _) = found(rows, visit)?;
    let taken = Taken::of(rows, visit)?;
    let is_it = |held: &&facts::HeldByUser| {
        (held.space, held.workspace) == (taken.space, taken.workspace) && held.role.name.as_str() == taken.role
    };
    let held = user.roles.iter().find(is_it).ok_or_else(|| Refused::from(Error::NotAssigned(taken.role.clone())))?;
    let area = if held.role.level == crate::domain::permission::Level::Site { Area::Site } else { taken.area() };
    if !user_roles::may_give(visit.authority, area) {
        return Err(Error::MissingPermission(crate::domain::permission::ROLES_MANAGE).into());
    }
    let space = spaces::find(rows, visit.authority, taken.space)?;
    let at = match taken.workspace {
        Some(number) => workspaces::show(rows, visit.authority, number)?.name,
        None => space.name.clone(),
    };
    let OfKeys { says: keys, boxes } = keys(rows, visit, &taken)?;
    let mut says = vec!["It counts no more at once: tokens that are out lose it too.".to_owned()];
    says.extend(keys);
    let question = Question {
        title: format!("Take {} in {at} from {}", taken.role, user.profile.full_name),
        says,
        boxes,
        is_danger: true,
        back: path_of(user.user.id),
    };
    question.page(visit, place(&space))
}

/// What is said of keys that rest on the role, and the box that lets them lose it (L137, C07).
struct OfKeys {
    says: Option<String>,
    boxes: Vec<(&'static str, String)>,
}

fn keys(rows: &mut Rows<'_>, visit: &Visit<'_>, taken: &Taken) -> Result<OfKeys, Refused> {
    let boxed = |label: &str| vec![(WITH_KEYS, label.to_owned())];
    let found = facts::of_user(rows, visit.authority, taken.id, &KeyFilter::default(), PageRequest::largest());
    let mut keys: Listed<KeyFacts> = match found {
        Ok(page) => page.into(),
        // Who manages no keys is told that there are some, if there are, and not which.
        Err(Error::MissingPermission(_) | Error::NotFound { .. }) => {
            return Ok(OfKeys { says: None, boxes: boxed("If keys of the user rest on it, take it from them too") });
        }
        Err(error) => return Err(error.into()),
    };
    keys.items.retain(|facts| taken.is_lost_by(facts));
    let is_none = keys.items.is_empty() && !keys.more && visit.complaint().is_none();
    let says = match keys.items.len() {
        0 => is_none.then(|| "No key of the user rests on it.".to_owned()),
        1 => Some(format!("One key of the user rests on it: {}.", life::names(&keys))),
        many => Some(format!("{many} keys of the user rest on it: {}.", life::names(&keys))),
    };
    Ok(OfKeys { says, boxes: if is_none { Vec::new() } else { boxed("Take it from these keys too") } })
}

fn take(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let Taken { id, space, workspace, role } = Taken::of(change, visit)?;
    let request = RoleRequest { role, workspaces: workspace.into_iter().collect() };
    let if_keys = if visit.ticked(WITH_KEYS) { IfKeys::Cascade } else { IfKeys::Refuse };
    user_roles::take(change, visit.deps(), visit.authority, TakeUserRole { id, space, request, if_keys })?;
    Ok(done(id, "role-taken"))
}
