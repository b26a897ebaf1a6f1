//! Settings of a space: its policies in words, and a form for each group of them. Everybody who belongs to a space may read
//! them; whoever manages it changes them.

mod applications;
mod internal;
mod keys;
mod logins;
mod overview;
mod pair_life;
mod profile;
mod rules;
pub(super) mod words;

use super::{
    asked::Visit,
    refused::Refused,
    screen::{Next, Screen},
};
use crate::{
    domain::ids::SpaceId,
    manage::{
        pair_policy::BeyondPolicy,
        spaces::{self, EditSpace, SpaceFacts},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::looking("/spaces/{space}/settings", overview::show),
        Screen::asking("/spaces/{space}/settings/name", profile::show, profile::save),
        Screen::asking("/spaces/{space}/settings/keys/off", keys::ask_off, keys::switch_off),
        Screen::asking("/spaces/{space}/settings/keys/on", keys::ask_on, keys::switch_on),
        Screen::asking("/spaces/{space}/settings/rules", rules::show, rules::save),
        Screen::asking("/spaces/{space}/settings/pair-life", pair_life::show, pair_life::save),
        Screen::asking("/spaces/{space}/settings/logins", logins::show, logins::save),
        Screen::asking("/spaces/{space}/settings/applications", applications::show, applications::save),
    ]
}

/// The space of the page, for whoever may change it.
fn editable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<SpaceFacts, Refused> {
    Ok(spaces::show_editable(rows, visit.authority, visit.path()?)?)
}

fn edit(change: &mut Change<'_>, visit: &Visit<'_>, input: EditSpace) -> Result<Option<BeyondPolicy>, Refused> {
    Ok(spaces::edit(change, visit.deps(), visit.authority, input)?)
}

/// The overview.
fn path(space: SpaceId) -> String {
    format!("/spaces/{space}/settings")
}

fn done(space: SpaceId, word: &str) -> Next {
    Next::done(&path(space), word)
}
