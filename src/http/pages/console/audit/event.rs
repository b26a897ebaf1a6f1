//! One event with all that is known of it.

use askama::Template;
use serde_json::Value;

use super::{
    Log,
    reference::{Reference, References},
    words as audit_words,
};
use crate::{
    domain::audit_record::AuditRecord,
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        moment::Moment,
        view::Shell,
    },
    manage::audit_log,
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::looking("/spaces/{space}/audit/{audit_event}", of_space),
        Screen::looking("/site/audit/{audit_event}", of_site),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/audit_event.html")]
struct EventPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    log: &'a str,
    what: &'a str,
    event: &'a AuditRecord,
    at: Moment,
    folded: Option<Moment>,
    who: Reference,
    authority: Option<Reference>,
    with: Vec<Reference>,
    target: Reference,
    address: Option<String>,
    /// What is different now: field, before, after.
    changes: Vec<(String, String, String)>,
    /// What is told besides.
    facts: Vec<(String, String)>,
    about: Vec<Reference>,
    /// Position and seal in hexadecimal digits.
    sealed: Option<(i64, String)>,
}

fn of_space(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_space(rows, visit)?;
    show(rows, visit, &log)
}

fn of_site(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_site();
    show(rows, visit, &log)
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>, log: &Log) -> Result<Html, Refused> {
    let event = audit_log::show(rows, visit.authority, log.stream, visit.path()?)?;
    let references = References::of(rows, visit, log, std::slice::from_ref(&event))?;
    let (changes, facts) = told(&event.detail);
    let view = EventPage {
        shell: visit.shell(),
        frame: visit.frame(log.place()),
        log: &log.path,
        what: audit_words::action(&event.action),
        at: Moment::new(event.at, visit.now()),
        folded: event.last_at.map(|last| Moment::new(last, visit.now())),
        who: references.actor(&event.origin),
        authority: references.authority(&event.origin),
        with: references.credential(&event.origin),
        target: references.target(&event),
        address: event.origin.address.map(|address| address.to_string()),
        changes,
        facts,
        about: event.about.iter().map(|id| references.refer(id)).collect(),
        sealed: event.sealed.as_ref().map(|sealed| (sealed.position, sealed.digits())),
        event: &event,
    };
    Html::of(&view)
}

type Told = (Vec<(String, String, String)>, Vec<(String, String)>);

/// Takes apart what changed (`{"field": {"from": …, "to": …}}`) and what is told besides.
fn told(detail: &Value) -> Told {
    let (mut changes, mut facts) = (Vec::new(), Vec::new());
    for (name, value) in detail.as_object().into_iter().flatten() {
        let label = audit_words::member(name);
        match (value.get("from"), value.get("to")) {
            (Some(from), Some(to)) => changes.push((label, audit_words::value(from), audit_words::value(to))),
            _ => facts.push((label, audit_words::value(value))),
        }
    }
    (changes, facts)
}
