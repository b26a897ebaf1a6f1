//! A new space, with the person who is to run it.

use askama::Template;

use crate::{
    domain::{email::Email, name::Name, space::SpaceKind, text_enum::TextEnum, user::Login},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::Choice,
            refused::Refused,
            screen::{Html, Next},
            words as of_console,
        },
        filters,
        view::Shell,
        words,
    },
    manage::{
        Error,
        first_administrator::{self, FirstAdministrator},
        site,
        spaces::{self, CreateSpace},
    },
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/site_space_new.html")]
struct NewSpacePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    name: &'a str,
    kinds: Vec<Choice>,
    has_internal: bool,
    login: &'a str,
    full_name: &'a str,
    email: &'a str,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    site::show(rows, visit.authority)?;
    let chosen = visit.value("kind", SpaceKind::Production.as_str());
    let kind = |kind: &SpaceKind| Choice::new(kind, of_console::space_kind(*kind), chosen);
    Html::of(&NewSpacePage {
        shell: visit.shell(),
        frame: visit.frame(super::SPACES),
        name: visit.value("name", ""),
        kinds: SpaceKind::ALL.iter().map(kind).collect(),
        has_internal: visit.is_ticked("internal_services", false),
        login: visit.value("login", ""),
        full_name: visit.value("full_name", ""),
        email: visit.value("email", ""),
    })
}

pub(super) fn make(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    site::show(change, visit.authority)?;
    let input = CreateSpace {
        name: visit.read("name", Name::parse)?,
        kind: visit.read("kind", <SpaceKind as TextEnum>::parse)?,
        internal_services: visit.ticked("internal_services"),
    };
    let (deps, authority) = (visit.deps(), visit.authority);
    match administrator(visit)? {
        Some(first) => {
            let made = first_administrator::create_space(change, deps, authority, input, first);
            made.map_err(about)?;
        }
        None => drop(spaces::create(change, deps, authority, input).map_err(about)?),
    }
    Ok(Next::done("/site/spaces", "space-made"))
}

/// The person who is to run it, if one was named.
fn administrator(visit: &Visit<'_>) -> Result<Option<FirstAdministrator>, Refused> {
    if ["login", "full_name", "email"].iter().all(|field| visit.form().get(field).is_none()) {
        return Ok(None);
    }
    Ok(Some(FirstAdministrator {
        login: visit.read("login", |text| Login::parse(text).ok_or("a login has 1 to 100 characters and no space"))?,
        full_name: visit.read("full_name", Name::parse)?,
        emails: visit.read_if_any("email", Email::parse)?.into_iter().collect(),
    }))
}

fn about(error: Error) -> Refused {
    let field = match &error {
        Error::NameTaken { .. } => Some("name"),
        Error::LoginTaken => Some("login"),
        _ => None,
    };
    let refused = Refused::from(error);
    match field {
        Some(field) => refused.about(field),
        None => refused,
    }
}
