//! The audit log: that of a space, and that of the site itself.

use super::audit_view::EventView;
use crate::{
    domain::{
        audit_filter::{AuditFilter, EventKey, Stream},
        page::{Page, PageRequest},
    },
    http::api::{
        handler::{export, list, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
    },
    manage::audit_log::{self, Export, ExportSize, Exported},
    store::{Rows, Snapshot},
};

const TAG: &str = "Audit log";
const AUDITORS: Needs = Needs::OneOf(&["audit.read"], "the space");
const SITE_MANAGERS: Needs = Needs::OneOf(&["site.manage"], "the site");

const fn filter(name: &'static str, description: &'static str) -> QueryParameter {
    QueryParameter { name, description, words: &[] }
}

const FILTERS: &[QueryParameter] = &[
    filter("user", "Only events about this user: who acted, was acted for, or was acted on"),
    filter("key", "Only events about this API key"),
    filter("pair", "Only events about this key pair"),
    filter("grant", "Only events about this consent"),
    filter("workspace", "Only events about this workspace"),
    filter("application", "Only events about this application"),
    filter("session", "Only events about this session"),
    filter("action", "Only this action, or all that begin with a kind of thing and a full stop, such as `api_key.`"),
    filter("from", "Only what happened at this time or later"),
    filter("to", "Only what happened before this time"),
];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    [of_spaces(), of_site()].into_iter().flatten().collect()
}

fn of_spaces() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_audit_events",
            verb: Verb::Get,
            path: "/spaces/{space}/audit",
            tag: TAG,
            summary: "Lists what happened in a space, newest first; filters can be combined",
            needs: AUDITORS,
            query: FILTERS,
            refusals: &[],
            example: "",
            handler: list(|rows, call, page| page_of(rows, call, Stream::Space(call.path()?), page)),
        },
        Operation {
            id: "show_audit_event",
            verb: Verb::Get,
            path: "/spaces/{space}/audit/{audit_event}",
            tag: TAG,
            summary: "Shows one event of a space",
            needs: AUDITORS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(|rows, call| one(rows, call, Stream::Space(call.path()?))),
        },
        Operation {
            id: "export_audit_events",
            verb: Verb::Get,
            path: "/spaces/{space}/audit/export",
            tag: TAG,
            summary: "Exports the sealed events of a space as JSON Lines, in the order of the chain",
            needs: AUDITORS,
            query: &[],
            refusals: &[],
            example: "",
            handler: export(|tx, call| part_of(tx, call, Stream::Space(call.path()?))),
        },
    ]
}

fn of_site() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_audit_events_of_site",
            verb: Verb::Get,
            path: "/audit",
            tag: TAG,
            summary: "Lists what happened to the site itself, its resource servers and signing keys, and in no space",
            needs: SITE_MANAGERS,
            query: FILTERS,
            refusals: &[],
            example: "",
            handler: list(|rows, call, page| page_of(rows, call, Stream::Site, page)),
        },
        Operation {
            id: "show_audit_event_of_site",
            verb: Verb::Get,
            path: "/audit/{audit_event}",
            tag: TAG,
            summary: "Shows one event of the site itself",
            needs: SITE_MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: show(|rows, call| one(rows, call, Stream::Site)),
        },
        Operation {
            id: "export_audit_events_of_site",
            verb: Verb::Get,
            path: "/audit/export",
            tag: TAG,
            summary: "Exports the sealed events of the site itself as JSON Lines, in the order of the chain",
            needs: SITE_MANAGERS,
            query: &[],
            refusals: &[],
            example: "",
            handler: export(|tx, call| part_of(tx, call, Stream::Site)),
        },
    ]
}

fn page_of(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    stream: Stream,
    page: PageRequest<EventKey>,
) -> Result<Page<EventView, EventKey>, Problem> {
    let filter = AuditFilter {
        user: call.parsed_query("user")?,
        key: call.parsed_query("key")?,
        pair: call.parsed_query("pair")?,
        grant: call.parsed_query("grant")?,
        workspace: call.parsed_query("workspace")?,
        application: call.parsed_query("application")?,
        session: call.parsed_query("session")?,
        actions: call.parsed_query("action")?,
        from: call.parsed_query("from")?,
        to: call.parsed_query("to")?,
    };
    Ok(audit_log::list(rows, call.authority, stream, &filter, page)?.map(EventView))
}

fn one(rows: &mut Rows<'_>, call: &Call<'_>, stream: Stream) -> Result<EventView, Problem> {
    Ok(EventView(audit_log::show(rows, call.authority, stream, call.path()?)?))
}

fn part_of(tx: &mut Snapshot<'_>, call: &Call<'_>, stream: Stream) -> Result<Exported, Problem> {
    let after = match call.query("after").map(whole_number) {
        None => 0,
        Some(after) => after.ok_or_else(|| Problem::invalid_parameter("after", &"it is a position, such as 1200"))?,
    };
    let most = match call.query("limit").map(|text| whole_number(text).and_then(ExportSize::new)) {
        None => ExportSize::LARGEST,
        Some(most) => most.ok_or_else(|| Problem::invalid_parameter("limit", &"it is 1 to 1000"))?,
    };
    Ok(audit_log::export(tx, call.authority, Export { stream, after, most, now: call.now() })?)
}

/// Decimal digits and nothing else.
fn whole_number(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
