//! Closing and reopening a space, and whether it can have keys at all: each asked once, with what stops because of it.

use crate::{
    domain::{ids::SpaceId, space::Space},
    http::pages::console::{
        asked::Visit,
        confirm::Question,
        refused::Refused,
        screen::{Html, Next},
    },
    manage::{
        site,
        spaces::{self, EditSpace},
    },
    store::{Change, Rows},
};

const LIST: &str = "/site/spaces";

fn asked_for(
    rows: &mut Rows<'_>,
    visit: &Visit<'_>,
    is_danger: bool,
    asked: impl FnOnce(&Space) -> (String, Vec<String>),
) -> Result<Html, Refused> {
    site::show(rows, visit.authority)?;
    let space = spaces::find(rows, visit.authority, visit.path()?)?;
    let (title, says) = asked(&space);
    Question { title, says, boxes: Vec::new(), is_danger, back: LIST.to_owned() }.page(visit, super::SPACES)
}

fn sentences<const N: usize>(says: [&str; N]) -> Vec<String> {
    says.map(str::to_owned).into()
}

pub(super) fn ask(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let home = visit.who().home.id;
    asked_for(rows, visit, true, |space| {
        let mut says = sentences([
            "Everything in it is refused at once: its people cannot log in, its keys get no tokens, its applications stop.",
            "All of its tokens are dead for good, those of internal services too. After reopening, programs ask for new ones.",
            "Nothing is deleted. Reopening brings back people, keys and secrets as they are.",
        ]);
        if space.id == home {
            says.push(
                "It is the space that you are at home in: you will be logged out, and somebody else has to reopen it."
                    .to_owned(),
            );
        }
        (format!("Close {}", space.name), says)
    })
}

pub(super) fn close(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    spaces::close(change, visit.deps(), visit.authority, visit.path()?)?;
    Ok(Next::done(LIST, "space-closed"))
}

pub(super) fn ask_reopen(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    asked_for(rows, visit, false, |space| {
        let says = sentences([
            "Its people can log in again, and its keys work with the secrets they have.",
            "Tokens from before stay dead.",
        ]);
        (format!("Reopen {}", space.name), says)
    })
}

pub(super) fn reopen(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    spaces::reopen(change, visit.deps(), visit.authority, visit.path()?)?;
    Ok(Next::done(LIST, "space-reopened"))
}

pub(super) fn ask_support(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    asked_for(rows, visit, false, |space| {
        let says = sentences([
            "Its people can make API keys, unless the space's own switch is off.",
            "Keys that are there work again with the secrets they have; tokens from before stay dead.",
        ]);
        (format!("Support API keys in {}", space.name), says)
    })
}

pub(super) fn support(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    set_support(change, visit, true, "keys-supported")
}

pub(super) fn ask_stop(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    asked_for(rows, visit, true, |space| {
        let says = sentences([
            "All keys of people in it stop at once, whatever the space's own switch says, and their tokens are dead for good.",
            "Nothing is deleted: when API keys are supported again, the same secrets work.",
            "Keys of the product's own services work on.",
        ]);
        (format!("Stop API keys in {}", space.name), says)
    })
}

pub(super) fn stop(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    set_support(change, visit, false, "keys-stopped")
}

fn set_support(change: &mut Change<'_>, visit: &Visit<'_>, is: bool, word: &str) -> Result<Next, Refused> {
    let id: SpaceId = visit.path()?;
    let input = EditSpace { api_keys_supported: Some(is), ..EditSpace::of(id) };
    spaces::edit(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(LIST, word))
}
