//! What can be changed of a key without a new secret: name, description, mode, networks, whether it inherits.

use std::fmt::Debug;

use askama::Template;

use super::{create::networks, place, space_of};
use crate::{
    domain::{
        api_key::{Mode, Owner, UserKeyRoles},
        name::{Description, Name},
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            refused::Refused,
            screen::{Html, Next, Screen},
            shown_state,
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        api_keys::{self, EditApiKey},
        facts::{self, KeyFacts},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::asking("/keys/{key}/edit", show, save)]
}

#[derive(Debug, Template)]
#[template(path = "console/key_edit.html")]
struct EditKeyPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    present_name: String,
    name: String,
    description: String,
    networks: String,
    is_read_only: bool,
    /// Of a key of a user: whether it has all of the user's roles.
    inherits: Option<bool>,
    acknowledged: bool,
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = facts::show(rows, visit.authority, visit.path()?)?;
    let space = space_of(rows, visit, &facts)?;
    let key = &facts.key;
    let is_sent = visit.complaint().is_some();
    let networks: Vec<String> = key.allowed_networks.iter().map(|network| network.to_string()).collect();
    Html::of(&EditKeyPage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, &space)).showing(shown_state::mark(visit, &state(&facts))),
        path: format!("/keys/{}", key.id),
        present_name: key.name.to_string(),
        name: visit.value("name", key.name.as_str()).to_owned(),
        description: visit.value("description", key.description.as_str()).to_owned(),
        networks: visit.value("networks", &networks.join(", ")).to_owned(),
        is_read_only: if is_sent { visit.ticked("read_only") } else { key.mode == Mode::ReadOnly },
        inherits: match key.owner {
            Owner::Space => None,
            Owner::User { .. } if is_sent => Some(visit.form().get("kind") == Some("inherit")),
            Owner::User { .. } => Some(key.owner.inherits()),
        },
        acknowledged: facts.profile.row_level_acknowledged,
    })
}

/// What the form can alter.
fn state(facts: &KeyFacts) -> impl Debug {
    let key = &facts.key;
    (key.name.clone(), key.description.clone(), key.mode, key.owner, key.allowed_networks.clone())
}

fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    shown_state::refuse_other(visit, &state(&facts::show(change, visit.authority, id)?))?;
    let input = EditApiKey {
        name: Some(visit.read("name", Name::parse)?),
        description: Some(visit.read("description", Description::parse)?),
        mode: Some(if visit.ticked("read_only") { Mode::ReadOnly } else { Mode::Full }),
        user_roles: visit.form().get("kind").map(|kind| match kind {
            "inherit" => UserKeyRoles::Inherit,
            _ => UserKeyRoles::Subset,
        }),
        row_level_acknowledged: visit.ticked("row_level"),
        allowed_networks: Some(networks(visit)?),
        ..EditApiKey::of(id)
    };
    api_keys::edit(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(&format!("/keys/{id}"), "saved"))
}
