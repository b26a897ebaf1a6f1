//! Disabling, enabling, revoking and deleting a key: each asked once, with what stops because of it.

use super::{place, space_of};
use crate::{
    domain::{api_key::KeyStatus, ids::ApiKeyId, time::Timestamp},
    http::pages::{
        console::{
            asked::Visit,
            confirm::Question,
            refused::Refused,
            screen::{Html, Next, Screen},
        },
        moment::Moment,
    },
    manage::{
        Error, api_keys,
        facts::{self, KeyFacts},
    },
    store::{Change, Rows},
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::asking("/keys/{key}/disable", ask_disable, disable),
        Screen::asking("/keys/{key}/enable", ask_enable, enable),
        Screen::asking("/keys/{key}/revoke", ask_revoke, revoke),
        Screen::asking("/keys/{key}/revoke-tokens", ask_revoke_tokens, revoke_tokens),
        Screen::asking("/keys/{key}/delete", ask_delete, delete),
    ]
}

/// Asks about a key: a verb, and what it does beside stopping whoever uses the key.
fn ask(rows: &mut Rows<'_>, visit: &Visit<'_>, verb: &str, stops: bool, says: &[&str]) -> Result<Html, Refused> {
    let facts = facts::show(rows, visit.authority, visit.path()?)?;
    if facts.key.internal.is_some() {
        return Err(Error::InternalKey.into());
    }
    let space = space_of(rows, visit, &facts)?;
    let users = stops.then(|| who_uses(&facts, visit.now()));
    let question = Question {
        title: format!("{verb} {}", facts.key.name),
        says: users.into_iter().chain(says.iter().map(|text| (*text).to_owned())).collect(),
        boxes: Vec::new(),
        is_danger: stops,
        back: format!("/keys/{}", facts.key.id),
    };
    question.page(visit, place(visit, &space))
}

/// Who notices: the last use of each pair.
pub(super) fn who_uses(facts: &KeyFacts, now: Timestamp) -> String {
    if facts.status != KeyStatus::Active {
        return "It does not work at the moment, so nothing stops.".to_owned();
    }
    let used = facts.uses.values().filter_map(|used| Some((used.at?, used.from.clone())));
    match used.max_by_key(|(at, _)| *at) {
        None => "Nobody has used it yet, so nothing stops.".to_owned(),
        Some((at, from)) => {
            let ago = Moment::new(at, now).relative();
            let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("It was used {ago}{from}: that program stops at once.")
        }
    }
}

fn done(id: ApiKeyId, word: &str) -> Next {
    Next::done(&format!("/keys/{id}"), word)
}

fn ask_disable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(
        rows,
        visit,
        "Disable",
        true,
        &["Its secrets are kept. When you enable it again, they work again; its tokens of today do not."],
    )
}

fn disable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    api_keys::disable(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "key-disabled"))
}

fn ask_enable(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Enable", false, &["The secrets that it had work again. Tokens from before stay dead."])
}

fn enable(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    api_keys::enable(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "key-enabled"))
}

fn ask_revoke(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(
        rows,
        visit,
        "Revoke",
        true,
        &["Its secrets are destroyed. Only regenerating brings the key back, with a new secret."],
    )
}

fn revoke(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    api_keys::revoke(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "key-revoked"))
}

fn ask_revoke_tokens(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let says = [
        "All tokens of the key are dead at once.",
        "Its secrets stay: programs that hold one get a new token when they ask for it.",
    ];
    ask(rows, visit, "Revoke tokens of", false, &says)
}

fn revoke_tokens(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    api_keys::revoke_tokens(change, visit.deps(), visit.authority, id)?;
    Ok(done(id, "tokens-revoked"))
}

fn ask_delete(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    ask(rows, visit, "Delete", true, &["The key is gone for good. Its client id is never used again."])
}

fn delete(change: &mut Change<'_>, visit: &Visit<'_>) -> Result<Next, Refused> {
    let id = visit.path()?;
    let facts = facts::show(change, visit.authority, id)?;
    api_keys::remove(change, visit.deps(), visit.authority, id)?;
    let is_own = facts.key.owner.user() == Some(visit.who().user.id);
    let list = if is_own { "/account/keys".to_owned() } else { format!("/spaces/{}/keys", facts.key.space) };
    Ok(Next::done(&list, "key-deleted"))
}
