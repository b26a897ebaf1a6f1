//! What happened, newest first, and what to filter it by.

use askama::Template;

use super::{
    Log,
    filter::{self, ActiveFilter, FilterField},
    reference::{Reference, References},
    words as audit_words,
};
use crate::{
    domain::{audit_record::AuditRecord, page::Page},
    http::pages::{
        console::{
            asked::Visit,
            frame::Frame,
            parts::{Choice, Pager},
            refused::Refused,
            screen::{Html, Screen},
        },
        filters,
        moment::Moment,
        view::Shell,
        words,
    },
    manage::audit_log,
    store::Rows,
};

pub(super) fn screens() -> Vec<Screen> {
    vec![Screen::looking("/spaces/{space}/audit", of_space), Screen::looking("/site/audit", of_site)]
}

#[derive(Debug, Template)]
#[template(path = "console/audit.html")]
struct AuditPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    lead: &'static str,
    /// Below the path of the issuer.
    path: &'a str,
    actions: Vec<(String, Vec<Choice>)>,
    from: &'a str,
    to: &'a str,
    fields: Vec<FilterField>,
    /// Whether a filter is wrong that is not seen at first; those that are on are named below the form.
    is_open: bool,
    active: Vec<ActiveFilter>,
    events: Vec<EventLine>,
    pager: Pager,
}

/// An event in the list.
#[derive(Debug)]
struct EventLine {
    path: String,
    at: Moment,
    /// If it is something that is counted: how often it happened, and the last time.
    folded: Option<(i64, Moment)>,
    what: String,
    action: String,
    who: Reference,
    authority: Option<Reference>,
    with: Vec<Reference>,
    target: Reference,
    workspace: Option<Reference>,
    address: Option<String>,
}

fn of_space(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_space(rows, visit)?;
    list(rows, visit, &log, "What people and programs did in this space, and what they were denied.")
}

fn of_site(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_site();
    let lead = "What happened to the site, its resource servers and signing keys. Each space has a log of its own.";
    list(rows, visit, &log, lead)
}

fn list(rows: &mut Rows<'_>, visit: &Visit<'_>, log: &Log, lead: &'static str) -> Result<Html, Refused> {
    let asked = filter::read(visit);
    let known = asked.as_ref().ok().cloned().unwrap_or_default();
    // Whoever may not read the log is told that before what is wrong with the filter.
    let mut page = audit_log::list(rows, visit.authority, log.stream, &known, visit.page())?;
    if asked.is_err() {
        page = Page { items: Vec::new(), next: None };
    }
    let references = References::of(rows, visit, log, &page.items)?;
    let complaint = asked.as_ref().err();
    let is_wrong = |name: &str| complaint.is_some_and(|complaint| complaint.field == Some(name));
    let fields = filter::fields(visit);
    let view = AuditPage {
        shell: visit.shell(),
        frame: Frame { complaint, ..visit.frame(log.place()) },
        lead,
        path: &log.path,
        actions: filter::actions(visit),
        from: filter::typed(visit, "from"),
        to: filter::typed(visit, "to"),
        is_open: fields.iter().any(|field| is_wrong(field.name)),
        fields,
        active: filter::active(visit, |id| references.name(id)),
        pager: Pager::new(visit, page.next),
        events: page.items.iter().map(|event| line(event, visit, log, &references)).collect(),
    };
    Html::of(&view)
}

fn line(event: &AuditRecord, visit: &Visit<'_>, log: &Log, references: &References<'_>) -> EventLine {
    EventLine {
        path: format!("{}/{}", log.path, event.id),
        at: Moment::new(event.at, visit.now()),
        folded: event.last_at.map(|last| (event.count, Moment::new(last, visit.now()))),
        what: audit_words::action(&event.action).to_owned(),
        action: event.action.clone(),
        who: references.actor(&event.origin),
        authority: references.authority(&event.origin),
        with: references.credential(&event.origin),
        target: references.target(event),
        workspace: references.workspace(event),
        address: event.origin.address.map(|address| address.to_string()),
    }
}
