//! Choosing roles: a card for each role with what it is for, and the workspaces in which it is to count.

use std::collections::{BTreeMap, BTreeSet};

use super::{asked::Visit, parts::listed, refused::Refused};
use crate::{
    domain::{ids::SpaceId, page::PageRequest, permission::Level, workspace::WorkspaceNumber},
    manage::{RoleRequest, roles, workspaces},
    store::transaction::Reads,
};

/// The field of each box: `role` for a role of the space, `role@1001` for a role in a workspace.
const FIELD: &str = "role";
/// The field of the numbers of workspaces, where a space has too many for boxes: `numbers:role`.
const NUMBERS: &str = "numbers:";
/// So many workspaces are boxes to tick; more are typed as numbers.
const MOST_BOXES: usize = 20;

/// A role to choose.
#[derive(Debug)]
pub(super) struct RoleCard {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) is_chosen: bool,
    pub(super) places: Places,
}

/// Where a role can count.
#[derive(Debug)]
pub(super) enum Places {
    /// In the whole space.
    Space,
    /// In workspaces that can be ticked.
    Boxes(Vec<PlaceBox>),
    /// In workspaces whose numbers are typed.
    Numbers {
        /// Name of the field.
        field: String,
        /// What was typed.
        typed: String,
    },
}

/// A workspace to tick.
#[derive(Debug)]
pub(super) struct PlaceBox {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) is_ticked: bool,
}

/// The roles that can be given in the space, those of integrations first, as they stand at first or as they were chosen.
pub(super) fn cards(tx: &mut impl Reads, visit: &Visit<'_>, space: SpaceId) -> Result<Vec<RoleCard>, Refused> {
    let mut found = roles::list(tx, visit.authority, space, PageRequest::largest())?.items;
    found.retain(|role| role.is_assignable() && role.level != Level::Site);
    found.sort_by_key(|role| {
        (role.integration == crate::domain::role::Integration::None, role.level, role.name.clone())
    });
    let open = workspaces::list(tx, visit.authority, space, PageRequest::largest())?;
    let fit_boxes = open.next.is_none() && open.items.len() <= MOST_BOXES;
    let ticked: BTreeSet<&str> = visit.form().all(FIELD).collect();
    let card = |role: crate::domain::role::Role| {
        let name = role.name.as_str().to_owned();
        let places = match role.level {
            Level::Workspace if fit_boxes => {
                let boxes = open.items.iter().filter(|workspace| workspace.is_open()).map(|workspace| {
                    let value = value(&name, Some(workspace.number));
                    PlaceBox {
                        is_ticked: ticked.contains(value.as_str()),
                        name: workspace.name.as_str().to_owned(),
                        value,
                    }
                });
                Places::Boxes(boxes.collect())
            }
            Level::Workspace => {
                let field = format!("{NUMBERS}{name}");
                Places::Numbers { typed: visit.form().get(&field).unwrap_or_default().to_owned(), field }
            }
            Level::Space | Level::Site => Places::Space,
        };
        let is_chosen = match &places {
            Places::Space => ticked.contains(name.as_str()),
            Places::Boxes(boxes) => boxes.iter().any(|place| place.is_ticked),
            Places::Numbers { typed, .. } => !typed.is_empty(),
        };
        RoleCard { description: role.description.as_str().to_owned(), name, is_chosen, places }
    };
    Ok(found.into_iter().map(card).collect())
}

/// The roles that were chosen.
pub(super) fn chosen(visit: &Visit<'_>) -> Result<Vec<RoleRequest>, Refused> {
    let mut chosen = requests(visit.form().all(FIELD))?;
    for field in visit.form().names().filter(|name| name.starts_with(NUMBERS)) {
        let typed = visit.form().get(field).unwrap_or_default();
        let workspaces = listed(typed).map(number).collect::<Result<Vec<_>, _>>()?;
        if let Some(role) = field.strip_prefix(NUMBERS).filter(|_| !workspaces.is_empty()) {
            chosen.push(RoleRequest { role: role.to_owned(), workspaces });
        }
    }
    Ok(chosen)
}

/// What boxes with these values ask for: `role`, or `role@1001`.
pub(super) fn requests<'v>(values: impl Iterator<Item = &'v str>) -> Result<Vec<RoleRequest>, Refused> {
    let mut requests: BTreeMap<&str, Vec<WorkspaceNumber>> = BTreeMap::new();
    for value in values {
        match value.split_once('@') {
            None => drop(requests.entry(value).or_default()),
            Some((role, text)) => requests.entry(role).or_default().push(number(text)?),
        }
    }
    Ok(requests.into_iter().map(|(role, workspaces)| RoleRequest { role: role.to_owned(), workspaces }).collect())
}

/// The value of the box of a role in a workspace, or in the space.
pub(super) fn value(role: &str, workspace: Option<WorkspaceNumber>) -> String {
    workspace.map_or_else(|| role.to_owned(), |number| format!("{role}@{number}"))
}

fn number(text: &str) -> Result<WorkspaceNumber, Refused> {
    text.parse().map_err(|error| Refused::field("roles", &error))
}
