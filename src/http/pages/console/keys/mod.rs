//! API keys: the grid of a space, a new key, one key with everything that can be done to it.

mod calendar;
mod create;
mod edit;
mod expiry;
mod grid;
mod life;
pub(super) mod line;
mod pairs;
mod roles;
mod rotate;
mod secret;
mod show;

use super::{
    asked::Visit,
    frame::{AccountTab, Place, SpaceTab},
    refused::Refused,
    screen::Screen,
};
use crate::{
    domain::{authority::Area, permission::KEYS_MANAGE, space::Space},
    manage::{facts::KeyFacts, spaces},
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    [
        grid::screens(),
        calendar::screens(),
        create::screens(),
        show::screens(),
        edit::screens(),
        roles::screens(),
        rotate::screens(),
        pairs::screens(),
        life::screens(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The space of a key.
fn space_of(rows: &mut Rows<'_>, visit: &Visit<'_>, facts: &KeyFacts) -> Result<Space, Refused> {
    Ok(spaces::find(rows, visit.authority, facts.key.space)?)
}

/// Whose page a key is on: that of the space for those who manage its keys, else one's own account.
fn place<'s>(visit: &Visit<'_>, space: &'s Space) -> Place<'s> {
    if visit.authority.may(KEYS_MANAGE, Area::Space(space.id)) {
        Place::Space(space, SpaceTab::Keys)
    } else {
        Place::Account(AccountTab::Keys)
    }
}
