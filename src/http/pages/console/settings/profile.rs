//! The name of a space.

use askama::Template;

use super::{done, edit, editable, path};
use crate::{
    domain::name::Name,
    http::pages::{
        console::{
            asked::Visit,
            frame::{Frame, Place, SpaceTab},
            refused::Refused,
            screen::{Html, Next},
        },
        filters,
        view::Shell,
        words,
    },
    manage::spaces::EditSpace,
    store::{Change, Rows},
};

#[derive(Debug, Template)]
#[template(path = "console/settings_name.html")]
struct NamePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    back: String,
    name: &'a str,
}

pub(super) fn show(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let space = editable(rows, visit)?.space;
    let frame = visit.frame(Place::Space(&space, SpaceTab::Settings));
    let name = visit.value("name", space.name.as_str());
    Html::of(&NamePage { shell: visit.shell(), frame, back: path(space.id), name })
}

pub(super) fn save(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let name = Some(visit.read("name", Name::parse)?);
    edit(change, visit, EditSpace { name, ..EditSpace::of(id) }).map_err(|refused| refused.about("name"))?;
    Ok(done(id, "saved"))
}
