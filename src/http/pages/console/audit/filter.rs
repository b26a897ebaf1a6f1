//! The filters of the log as they stand in the address.

use std::{collections::BTreeMap, fmt::Display, str::FromStr, time::Duration};

use super::{super::parts::Choice, words};
use crate::{
    domain::{
        audit_filter::{Actions, AuditFilter},
        time::Timestamp,
    },
    http::pages::{
        console::{asked::Visit, parts, refused::Refused},
        words::Complaint,
    },
};

const DAY: Duration = Duration::from_hours(24);
/// Characters of a date, which means the whole day.
const DATE: usize = 10;

/// What events can be about, by the name of the filter.
pub(super) const THINGS: &[&str] = &["user", "key", "pair", "grant", "application", "session", "workspace"];
const ALL: &[&str] = &["user", "key", "pair", "grant", "application", "session", "workspace", "action", "from", "to"];

/// What the address asks for, or why it cannot be understood.
pub(super) fn read(visit: &Visit<'_>) -> Result<AuditFilter, Complaint> {
    Ok(AuditFilter {
        user: parsed(visit, "user")?,
        key: parsed(visit, "key")?,
        pair: parsed(visit, "pair")?,
        grant: parsed(visit, "grant")?,
        workspace: parsed(visit, "workspace")?,
        application: parsed(visit, "application")?,
        session: parsed(visit, "session")?,
        actions: parsed(visit, "action")?,
        from: parsed(visit, "from")?,
        to: until(visit)?,
    })
}

fn parsed<T: FromStr<Err: Display>>(visit: &Visit<'_>, name: &'static str) -> Result<Option<T>, Complaint> {
    let text = visit.query().get(name).map(str::trim).filter(|text| !text.is_empty());
    text.map(str::parse).transpose().map_err(|error| complaint(name, &error))
}

fn complaint(name: &'static str, why: &dyn Display) -> Complaint {
    match Refused::field(name, &format_args!("{}: {why}", words::filter(name))) {
        Refused::Form(complaint, _) => complaint,
        _ => Complaint { text: String::new(), field: Some(name), is_error: true },
    }
}

/// People name the last day that they want to see.
fn until(visit: &Visit<'_>) -> Result<Option<Timestamp>, Complaint> {
    let is_date = visit.query().get("to").is_some_and(|text| text.trim().len() == DATE);
    Ok(parsed(visit, "to")?.map(|to: Timestamp| if is_date { to.plus(DAY) } else { to }))
}

/// A field of the form.
#[derive(Debug)]
pub(super) struct FilterField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// The fields of what events can be about.
pub(super) fn fields(visit: &Visit<'_>) -> Vec<FilterField> {
    let field =
        |name: &&'static str| FilterField { name, label: words::filter(name), value: typed(visit, name).to_owned() };
    THINGS.iter().map(field).collect()
}

/// What stands in a filter.
pub(super) fn typed<'v>(visit: &Visit<'v>, name: &str) -> &'v str {
    visit.query().get(name).unwrap_or_default()
}

/// All actions to choose from, by kind of thing.
pub(super) fn actions(visit: &Visit<'_>) -> Vec<(String, Vec<Choice>)> {
    let chosen = typed(visit, "action");
    let mut kinds: BTreeMap<&str, Vec<Choice>> = BTreeMap::new();
    for word in Actions::words() {
        let (prefix, verb) = word.split_once('.').unwrap_or((word, ""));
        let text =
            if verb.is_empty() { format!("All: {}", words::kind(prefix)) } else { words::action(word).to_owned() };
        kinds.entry(prefix).or_default().push(Choice::new(word, text, chosen));
    }
    kinds.into_iter().map(|(prefix, choices)| (words::kind(prefix), choices)).collect()
}

/// A filter that is on.
#[derive(Debug)]
pub(super) struct ActiveFilter {
    pub(super) label: &'static str,
    pub(super) text: String,
    /// The same page without it.
    pub(super) without: String,
}

/// The filters that are on; `name_of` tells what people call a thing.
pub(super) fn active(visit: &Visit<'_>, name_of: impl Fn(&str) -> String) -> Vec<ActiveFilter> {
    let on = || ALL.iter().filter(|name| !typed(visit, name).is_empty());
    let filter = |name: &&'static str| {
        let others: Vec<String> =
            on().filter(|other| *other != name).map(|other| parts::pair(other, typed(visit, other))).collect();
        let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        let value = typed(visit, name);
        let text = if *name == "action" { words::action(value).to_owned() } else { name_of(value) };
        ActiveFilter { label: words::filter(name), text, without: format!("{}{query}", visit.location()) }
    };
    on().map(filter).collect()
}
