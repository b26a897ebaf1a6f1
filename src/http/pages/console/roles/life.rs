//! The end of a role.

use super::{managed_space, own_role_of};
use crate::{
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        frame::{Place, SpaceTab},
        refused::Refused,
        screen::{Html, Next, Screen},
    },
    manage::roles,
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::asking("/spaces/{space}/roles/{role}/delete", ask_delete, delete)]
}

fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = managed_space(rows, visit)?;
    let role = own_role_of(rows, visit, space.id)?;
    let question = Question {
        title: format!("Delete {}", role.name),
        says: vec![
            "The role is gone for good.".to_owned(),
            "That is possible only while no user and no key holds it, so nothing stops.".to_owned(),
        ],
        boxes: Vec::new(),
        is_danger: true,
        back: super::path_of(space.id, &role),
    };
    question.page(visit, Place::Space(&space, SpaceTab::Roles))
}

fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let space = managed_space(change, visit)?;
    let role = own_role_of(change, visit, space.id)?;
    roles::remove(change, visit.deps(), visit.authority, role.id)?;
    Ok(Next::done(&format!("/spaces/{}/roles", space.id), "role-deleted"))
}
