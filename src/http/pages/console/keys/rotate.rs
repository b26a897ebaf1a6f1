//! A new secret without an outage: add a pair, watch until the old one is used no more, retire it. And with one:
//! everything that there was is dead, and there is one new pair.

use std::time::Duration;

use askama::Template;

use super::{
    expiry::{self, ExpiryFields},
    life::who_uses,
    line::{PairLine, lines},
    place, secret, space_of,
};
use crate::{
    domain::{ids::ApiKeyId, time_span::TimeSpan},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            once,
            parts::{Choice, Light},
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        filters,
        refusal::PageRefusal,
        view::Shell,
        words,
    },
    manage::{
        api_keys::{self, RegenerateApiKey},
        facts::{self, KeyFacts},
        key_pairs::{self, AddPair},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/keys/{key}/rotate", show_rotation, add_pair),
        Screen::asking("/keys/{key}/regenerate", show_regeneration, regenerate),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/key_rotate.html")]
struct RotatePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    key_name: String,
    step: Step,
}

/// Where the rotation stands.
#[derive(Debug)]
enum Step {
    /// There is room for a new pair.
    Add { expiry: ExpiryFields, retire: Vec<Choice>, has_old: bool, once: String },
    /// There are two pairs.
    Watch { old: String, pairs: Vec<(&'static str, PairLine)>, verdict: Light, advice: &'static str },
}

fn show_rotation(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = facts::show(rows, visit.authority, visit.path()?)?;
    if facts.key.internal.is_some() {
        return Err(crate::manage::Error::InternalKey.into());
    }
    let space = space_of(rows, visit, &facts)?;
    let switched = has_switched(&facts);
    let key = lines(rows, visit, vec![facts])?.pop().ok_or_else(|| Refused::Page(PageRefusal::not_found()))?;
    let (path, key_name) = (key.path, key.name);
    let mut pairs = key.pairs;
    let step = match (pairs.pop(), pairs.pop()) {
        (Some(new), Some(old)) => {
            let (verdict, advice) = switched;
            Step::Watch {
                old: old.public_id.clone(),
                pairs: vec![("Old pair", old), ("New pair", new)],
                verdict,
                advice,
            }
        }
        (one, _) => {
            let chosen = visit.value("retire", "");
            Step::Add {
                expiry: ExpiryFields::of(visit, &space),
                retire: RETIRE.iter().map(|(value, text)| Choice::new(value, *text, chosen)).collect(),
                has_old: one.is_some(),
                once: once::token(visit)?,
            }
        }
    };
    Html::of(&RotatePage { shell: visit.shell(), frame: visit.frame(place(visit, &space)), path, key_name, step })
}

const RETIRE: &[(&str, &str)] =
    &[("", "When I say so"), ("1h", "After an hour"), ("24h", "After a day"), ("7d", "After a week")];

/// Whether programs have moved from the older pair to the newer one.
fn has_switched(facts: &KeyFacts) -> (Light, &'static str) {
    let mut pairs: Vec<_> = facts.key.pairs.iter().collect();
    pairs.sort_by_key(|pair| pair.created_at);
    let used = |pair: &crate::domain::key_pair::KeyPair| facts.uses.get(&pair.public_id).and_then(|used| used.at);
    match pairs.as_slice() {
        [old, new] => match (used(old), used(new)) {
            (_, None) => {
                (Light::Warn("Not yet"), "Nobody has used the new pair yet. Give its secret to your programs first.")
            }
            (Some(of_old), Some(of_new)) if of_old >= of_new => (
                Light::Warn("Not yet"),
                "The old pair was used after the new one. Some program still has the old secret.",
            ),
            (Some(of_old), Some(_)) if of_old > new.created_at => (
                Light::Warn("Soon"),
                "The new pair is in use, and the old one was used after the new one was made. Wait until its last use stays the same.",
            ),
            _ => (Light::Good("Safe to retire"), "The new pair is in use, and the old one was not used since."),
        },
        _ => (Light::Off("Nothing to retire"), ""),
    }
}

fn add_pair(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let key: ApiKeyId = visit.path()?;
    let retire: Option<TimeSpan> = visit.read_if_any("retire", str::parse)?;
    let retire_other_after: Option<Duration> = retire.map(TimeSpan::duration);
    let input = AddPair { key, expiry: expiry::read(visit)?, retire_other_after };
    once::once(change, visit, |change| {
        let made = key_pairs::add(change, visit.deps(), visit.authority, input)?;
        let facts = facts::show(change, visit.authority, key)?;
        let space = space_of(&mut Rows::of(change), visit, &facts)?;
        let next = [("Watch the old pair", format!("/keys/{key}/rotate"))];
        secret::shown(visit, &space, facts.key.name.as_str(), &made, &next)
    })
}

#[derive(Debug, Template)]
#[template(path = "console/key_regenerate.html")]
struct RegeneratePage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    path: String,
    key_name: String,
    stops: String,
    is_internal: bool,
    expiry: ExpiryFields,
    once: String,
}

fn show_regeneration(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let facts = facts::show(rows, visit.authority, visit.path()?)?;
    let space = space_of(rows, visit, &facts)?;
    Html::of(&RegeneratePage {
        shell: visit.shell(),
        frame: visit.frame(place(visit, &space)),
        path: format!("/keys/{}", facts.key.id),
        key_name: facts.key.name.to_string(),
        stops: who_uses(&facts, visit.now()),
        is_internal: facts.key.internal.is_some(),
        expiry: ExpiryFields::of(visit, &space),
        once: once::token(visit)?,
    })
}

fn regenerate(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let input = RegenerateApiKey { id: visit.path()?, expiry: expiry::read(visit)? };
    once::once(change, visit, |change| {
        let made = api_keys::regenerate(change, visit.deps(), visit.authority, input)?;
        let facts = facts::show(change, visit.authority, made.client_id)?;
        let space = space_of(&mut Rows::of(change), visit, &facts)?;
        secret::shown(visit, &space, facts.key.name.as_str(), &made, &[])
    })
}
