//! `/account/sessions`

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::logged_in;
use crate::{
    domain::{ids::SessionId, session::Session, time::Timestamp},
    http::{
        form::Form,
        pages::{
            FormTargets, Pages,
            moment::Moment,
            refusal::PageRefusal,
            render,
            session::{LOG_OUT, shown_user},
            view::{AccountSessionsPage, SessionLine},
            words::Done,
        },
    },
};

const FORM: &str = "sessions";

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.respond(&req, show(&req, &pages).await)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let mut sessions = pages.logins().sessions_of(&user, visitor.now()).await?;
    sessions.sort_by_key(|session| (session.id != user.session.id, std::cmp::Reverse(session.last_seen_at)));
    let (csrf, log_out) = (visitor.csrf(FORM), visitor.csrf(LOG_OUT));
    let view = AccountSessionsPage {
        shell: pages.shell(),
        user: shown_user(&user, &log_out),
        done: done(&query),
        sessions: sessions.iter().map(|session| line(session, user.session.id, visitor.now())).collect(),
        csrf: &csrf,
    };
    Ok(visitor.answer(pages, render(StatusCode::OK, &view, &FormTargets::here())))
}

/// What the page before did. Only words of ours are understood.
fn done(query: &Form<'_>) -> Option<Done<'static>> {
    match query.get("done")? {
        "ended" => Some(Done::SessionEnded),
        "others-ended" => Some(Done::OtherSessionsEnded),
        _ => None,
    }
}

fn line(session: &Session, this: SessionId, now: Timestamp) -> SessionLine<'_> {
    let moment = |at| Moment::new(at, now);
    SessionLine {
        session: Cow::Owned(session.id.to_string()),
        is_this: session.id == this,
        device: Cow::Owned(device_name(&session.device)),
        address: session.address.map_or(Cow::Borrowed("unknown"), |address| Cow::Owned(address.to_string())),
        logged_in: moment(session.created_at),
        last_seen: moment(session.last_seen_at),
        expires: moment(session.expires_at),
    }
}

/// `Firefox on Linux`, as far as what a browser says of itself tells; else what it says.
pub(in crate::http::pages) fn device_name(agent: &str) -> String {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Most browsers claim to be several others too, so the order matters.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => "Unknown browser".to_owned(),
        _ => agent.chars().take(60).collect(),
    }
}

pub(in crate::http::pages) async fn end(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = end_one(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn end_one(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visitor.require_sent(req, pages, &form, FORM)?;
    let session = form.get("session").and_then(|id| id.parse().ok()).ok_or(PageRefusal::not_found())?;
    pages.logins().end_own(&user, session, visitor.address).await?;
    Ok(pages.see("/account/sessions?done=ended"))
}

pub(in crate::http::pages) async fn end_others(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = end_all_others(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn end_all_others(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visitor.require_sent(req, pages, &form, FORM)?;
    pages.logins().end_own_others(&user, visitor.address).await?;
    Ok(pages.see("/account/sessions?done=others-ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
            ("curl/8.14", "curl/8.14"),
            ("", "Unknown browser"),
        ];
        for (agent, name) in cases {
            assert_eq!(device_name(agent), name);
        }
    }
}
