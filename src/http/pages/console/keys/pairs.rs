//! One pair of a key: its end moved, or deleted.

use askama::Template;

use super::{
    expiry::{self, ExpiryFields},
    line::{PairLine, lines},
    place, space_of,
};
use crate::{
    domain::{ids::ApiKeyId, key_pair::PublicId, space::Space},
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            frame::Frame,
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        filters,
        refusal::PageRefusal,
        view::Shell,
        words,
    },
    manage::{
        facts,
        key_pairs::{self, DeletePair, SetExpiry},
    },
    store::Change,
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/keys/{key}/pairs/{pair}/expiry", show_expiry, move_end),
        Screen::asking("/keys/{key}/pairs/{pair}/delete", ask_delete, delete),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/pair_expiry.html")]
struct PairExpiryPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    public_id: String,
    present: String,
    expiry: ExpiryFields,
}

/// A pair, and the key that it belongs to.
struct Found {
    space: Space,
    key_name: String,
    path: String,
    is_last: bool,
    pair: PairLine,
}

fn find(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Found, Refused> {
    let wanted: PublicId = visit.path()?;
    let facts = facts::show(rows, visit.authority, visit.path()?)?;
    let space = space_of(rows, visit, &facts)?;
    let missing = || Refused::Page(PageRefusal::not_found());
    let key = lines(rows, visit, vec![facts])?.pop().ok_or_else(missing)?;
    let is_last = key.pairs.len() == 1;
    let pair = key.pairs.into_iter().find(|pair| pair.public_id == wanted.as_str()).ok_or_else(missing)?;
    Ok(Found { space, key_name: key.name, path: key.path, is_last, pair })
}

fn show_expiry(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let Found { space, path, pair, .. } = find(rows, visit)?;
    Html::of(&PairExpiryPage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, &space)),
        path,
        present: pair
            .expires
            .map_or_else(|| "It has no end now.".to_owned(), |end| format!("It ends {} now.", end.exact())),
        public_id: pair.public_id,
        expiry: ExpiryFields::of(visit, &space),
    })
}

fn move_end(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (key, pair): (ApiKeyId, PublicId) = (visit.path()?, visit.path()?);
    let input = SetExpiry { key, pair, expiry: expiry::read(visit)? };
    key_pairs::set_expiry(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(&format!("/keys/{key}"), "pair-expiry"))
}

fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let Found { space, key_name, path, is_last, pair } = find(rows, visit)?;
    let used = match (&pair.last_used, &pair.used_from) {
        _ if pair.is_expired => "It has expired, so nothing stops.".to_owned(),
        (None, _) => "Nobody has used it yet, so nothing stops.".to_owned(),
        (Some(at), Some(from)) => format!("It was used {} from {from}: that program stops at once.", at.relative()),
        (Some(at), None) => format!("It was used {}: that program stops at once.", at.relative()),
    };
    let other = if is_last {
        "It is the last pair: nobody can log in with the key until it has a new one."
    } else {
        "The other pair and its tokens go on."
    };
    let boxes = if is_last { vec![("even_if_last", format!("Leave {key_name} without a pair"))] } else { Vec::new() };
    let question = Question {
        title: format!("Delete pair {}", pair.public_id),
        says: vec![used, other.to_owned()],
        boxes,
        is_danger: true,
        back: path,
    };
    question.page(visit, place(visit, &space))
}

fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let (key, pair): (ApiKeyId, PublicId) = (visit.path()?, visit.path()?);
    let input = DeletePair { key, pair, even_if_last: visit.ticked("even_if_last") };
    key_pairs::delete(change, visit.deps(), visit.authority, input)?;
    Ok(Next::done(&format!("/keys/{key}"), "pair-deleted"))
}
