//! A new key: of the space with its roles, or of a user with all or some of the user's roles.

use askama::Template;

use super::{
    expiry::{self, ExpiryFields},
    secret,
};
use crate::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{Mode, Owner, UserKeyRoles},
        authority::Area,
        ids::{SpaceId, UserId},
        name::{Description, Name},
        permission::KEYS_MANAGE,
        space::Space,
    },
    http::pages::{
        console::{
            asked::Visit,
            frame::{AccountTab, Frame, Place, SpaceTab},
            once,
            parts::listed,
            refused::Refused,
            role_picker::{self, Places, RoleCard},
            screen::{Html, Next, Screen},
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        api_keys::{self, CreateApiKey},
        authority::require,
        names, spaces,
    },
    store::{Change, Rows, transaction::Reads},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/spaces/{space}/keys/new", show_for_space, make_for_space),
        Screen::asking("/account/keys/new", show_for_me, make_for_me),
        Screen::asking("/users/{user}/keys/new", show_for_user, make_for_user),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/key_new.html")]
struct NewKeyPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    title: String,
    lead: &'static str,
    back: String,
    name: &'a str,
    description: &'a str,
    networks: &'a str,
    is_read_only: bool,
    expiry: ExpiryFields,
    /// Roles to choose from, for a key of the space.
    roles: Vec<RoleCard>,
    /// For a key of a user: whether it has all of the user's roles.
    inherits: Option<bool>,
    acknowledged: bool,
    once: String,
}

fn show_for_space(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    require(visit.authority, KEYS_MANAGE, Area::Space(space.id))?;
    let view = NewKeyPage {
        title: "New API key".to_owned(),
        lead: "A key of the space: it has roles of its own and stays when people leave.",
        back: format!("/spaces/{}/keys", space.id),
        roles: role_picker::cards(rows, visit, space.id)?,
        inherits: None,
        ..view(visit, &space, Place::Space(&space, SpaceTab::Keys))?
    };
    Html::of(&view)
}

fn show_for_me(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = spaces::find(rows, visit.authority, visit.who().home.id)?;
    let view = NewKeyPage {
        title: "New key of mine".to_owned(),
        lead: "It acts for you, and never has more rights than you have at that moment.",
        back: "/account/keys".to_owned(),
        ..view(visit, &space, Place::Account(AccountTab::Keys))?
    };
    Html::of(&view)
}

fn show_for_user(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let (id, home) = owner(rows, visit)?;
    let space = spaces::find(rows, visit.authority, home)?;
    let name = names::of_user(rows, visit.authority, id)?;
    let view = NewKeyPage {
        title: format!("New key for {name}"),
        lead: "It acts for this user, and never has more rights than the user has at that moment.",
        back: format!("/users/{id}"),
        ..view(visit, &space, Place::Space(&space, SpaceTab::Users))?
    };
    Html::of(&view)
}

fn view<'a>(visit: &Visit<'a>, space: &Space, place: Place<'_>) -> Result<NewKeyPage<'a>, Refused> {
    Ok(NewKeyPage {
        shell: visit.shell(),
        frame: visit.frame(place),
        title: String::new(),
        lead: "",
        back: String::new(),
        name: visit.value("name", ""),
        description: visit.value("description", ""),
        networks: visit.value("networks", ""),
        is_read_only: visit.ticked("read_only"),
        expiry: ExpiryFields::of(visit, space),
        roles: Vec::new(),
        inherits: Some(visit.value("kind", "inherit") == "inherit"),
        acknowledged: visit.ticked("row_level"),
        once: once::token(visit)?,
    })
}

fn owner(tx: &mut impl Reads, visit: &Visit<'_>) -> Result<(UserId, SpaceId), Refused> {
    let id = visit.path()?;
    Ok((id, api_keys::home_of_owner(tx, visit.authority, id)?))
}

fn make_for_space(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    make(change, visit, visit.path()?, Owner::Space)
}

fn make_for_me(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let who = visit.who();
    make(change, visit, who.home.id, Owner::User { id: who.user.id, roles: kind(visit) })
}

fn make_for_user(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (id, home) = owner(change, visit)?;
    make(change, visit, home, Owner::User { id, roles: kind(visit) })
}

/// Whoever chooses roles gives them in the next step, or later (L108).
fn kind(visit: &Visit<'_>) -> UserKeyRoles {
    if visit.form().get("kind") == Some("subset") { UserKeyRoles::Subset } else { UserKeyRoles::Inherit }
}

fn make(change: &mut Change<'_>, visit: &Visit<'_>, space: SpaceId, owner: Owner) -> Result<Next, Refused> {
    let name = visit.read("name", Name::parse)?;
    let input = CreateApiKey {
        space,
        owner,
        name: name.clone(),
        description: visit.read("description", Description::parse)?,
        mode: visit.ticked("read_only").then_some(Mode::ReadOnly),
        roles: role_picker::chosen(visit)?,
        expiry: expiry::read(visit)?,
        row_level_acknowledged: visit.ticked("row_level"),
        allowed_networks: networks(visit)?,
    };
    once::once(change, visit, |change| {
        let made = api_keys::create(change, visit.deps(), visit.authority, input)?;
        let space = spaces::find(change, visit.authority, space)?;
        let grants = (owner.user().is_some() && !owner.inherits())
            .then(|| ("Grant access to workspaces", format!("/keys/{}/roles", made.client_id)));
        secret::shown(visit, &space, name.as_str(), &made, &grants.into_iter().collect::<Vec<_>>())
    })
}

/// Networks and addresses, apart by commas.
pub(super) fn networks(visit: &Visit<'_>) -> Result<AllowedNetworks, Refused> {
    visit.read("networks", |text| {
        let read: Result<Vec<_>, String> =
            listed(text).map(|part| part.parse().map_err(|error| format!("{error}"))).collect();
        AllowedNetworks::new(read?).map_err(|error| error.to_string())
    })
}
