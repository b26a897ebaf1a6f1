//! The space's switch for API keys: asked once, with the number of keys that it stops (L052, L054).

use super::{done, edit, editable, path, words};
use crate::{
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        frame::{Place, SpaceTab},
        refused::Refused,
        screen::{Html, Next},
    },
    manage::spaces::{EditSpace, SpaceFacts},
    store::{Change, Rows},
};

fn ask(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    is_danger: bool,
    asked: impl FnOnce(&SpaceFacts) -> (String, Vec<String>),
) -> Result<Html, Refused> {
    let facts = editable(rows, visit)?;
    let (title, says) = asked(&facts);
    let question = Question { title, says, boxes: Vec::new(), is_danger, back: path(facts.space.id) };
    question.page(visit, Place::Space(&facts.space, SpaceTab::Settings))
}

pub(super) fn ask_off(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, true, |SpaceFacts { space, ordinary_keys, .. }| {
        let stops = match ordinary_keys.unwrap_or_default() {
            0 => "No key of people is there, so nothing stops.".to_owned(),
            1 => "1 key of people stops at once, with the program that uses it.".to_owned(),
            count => format!("{count} keys of people stop at once, with all programs that use them."),
        };
        let says = [
            "Their tokens are dead for good, also after API keys are switched on again.",
            "Nothing is deleted: when you switch API keys on, the secrets that programs have work again.",
            "Nobody can make or change a key until then; keys can be deleted.",
            "Keys of the product's own services work on.",
        ];
        let says = std::iter::once(stops).chain(says.map(str::to_owned)).collect();
        (format!("Switch API keys off in {}", space.name), says)
    })
}

pub(super) fn switch_off(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    switch(change, visit, false, "keys-off")
}

pub(super) fn ask_on(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, false, |SpaceFacts { space, ordinary_keys, .. }| {
        let count = words::keys_of_people(ordinary_keys.unwrap_or_default());
        let mut says = vec![
            format!("{count}: those that are not disabled or revoked work again with the secrets they have."),
            "Tokens from before stay dead; programs ask for new ones.".to_owned(),
        ];
        if !space.api_keys_supported {
            says.push("Keys work only once those who run the site support them in this space.".to_owned());
        }
        (format!("Switch API keys on in {}", space.name), says)
    })
}

pub(super) fn switch_on(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    switch(change, visit, true, "keys-on")
}

fn switch(change: &mut Change<'_>, visit: &Visit<'_>, on: bool, word: &str) -> Result<Next, Refused> {
    let id = visit.path()?;
    edit(change, visit, EditSpace { api_keys_enabled: Some(on), ..EditSpace::of(id) })?;
    Ok(done(id, word))
}
