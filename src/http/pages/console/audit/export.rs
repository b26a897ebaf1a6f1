//! The export of a log: a part of it as a file of JSON Lines, behind a position.

use actix_web::http::StatusCode;
use askama::Template;

use super::Log;
use crate::{
    http::{
        api::reply::{LAST_POSITION, LINES},
        pages::{
            console::{
                asked::{Asked, Visit},
                frame::Frame,
                refused::Refused,
                screen::{Html, Next, Screen},
            },
            filters,
            view::Shell,
            words::{self, Complaint},
        },
    },
    manage::audit_log::{self, Export, ExportSize},
    store::{Rows, Snapshot, Store},
};

const AFTER: &str = "after";

pub(super) fn screens() -> Vec<Screen> {
    vec![
        Screen::working("/spaces/{space}/audit/export", show_of_space, of_space),
        Screen::working("/site/audit/export", show_of_site, of_site),
    ]
}

#[derive(Debug, Template)]
#[template(path = "console/audit_export.html")]
struct ExportPage<'a> {
    shell: Shell<'a>,
    frame: Frame<'a>,
    log: &'a str,
    after: &'a str,
    /// The operation of the API that does the same.
    api: String,
    role: &'static str,
    /// The header of its answer that tells where to go on.
    header: &'static str,
}

fn show_of_space(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_space(rows, visit)?;
    show(rows, visit, &log)
}

fn show_of_site(rows: &mut Rows<'_>, visit: &Visit<'_>) -> Result<Html, Refused> {
    let log = Log::of_site();
    show(rows, visit, &log)
}

fn show(rows: &mut Rows<'_>, visit: &Visit<'_>, log: &Log) -> Result<Html, Refused> {
    audit_log::require_reader(rows, visit.authority, log.stream)?;
    let (path, role) = match &log.space {
        Some(space) => (format!("/spaces/{}/audit/export", space.id), "auditor"),
        None => ("/audit/export".to_owned(), "site_admin"),
    };
    let view = ExportPage {
        shell: visit.shell(),
        frame: visit.frame(log.place()),
        log: &log.path,
        after: visit.value(AFTER, "0"),
        api: format!("{}/api/v1{path}", visit.issuer()),
        role,
        header: LAST_POSITION,
    };
    Html::of(&view)
}

fn of_space(store: &Store, asked: &Asked) -> Result<Next, Refused> {
    export(store, asked, |tx, visit| Log::of_space(tx, visit))
}

fn of_site(store: &Store, asked: &Asked) -> Result<Next, Refused> {
    export(store, asked, |_, _| Ok(Log::of_site()))
}

fn export(
    store: &Store,
    asked: &Asked,
    log: impl FnOnce(&mut Snapshot<'_>, &Visit<'_>) -> Result<Log, Refused>,
) -> Result<Next, Refused> {
    let read = store.snapshot(|tx| {
        let authority = asked.authority(tx)?;
        let visit = Visit::new(asked, &authority, None);
        let log = log(tx, &visit)?;
        let after = visit.read_if_any(AFTER, position)?.unwrap_or_default();
        let input = Export { stream: log.stream, after, most: ExportSize::LARGEST, now: visit.now() };
        Ok::<_, Refused>((after, audit_log::export(tx, &authority, input)?))
    });
    let (after, exported) = read?;
    if exported.lines.is_empty() {
        return Err(nothing_behind(after));
    }
    // Nothing is given out before it is written down who takes it.
    if let Some(note) = &exported.to_note {
        store.redeem(|redemption| audit_log::note(redemption, note))?;
    }
    let name = format!("audit-after-{after}-to-{}.jsonl", exported.last);
    Ok(Next::File { name, media_type: LINES, content: exported.lines })
}

fn nothing_behind(after: i64) -> Refused {
    let text = format!("No sealed event follows position {after} yet. An event is sealed within a minute or two.");
    Refused::Form(Complaint { text, field: Some(AFTER), is_error: true }, StatusCode::UNPROCESSABLE_ENTITY)
}

/// Decimal digits and nothing else.
fn position(text: &str) -> Result<i64, &'static str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or("a position is a number, such as 1200")
}
