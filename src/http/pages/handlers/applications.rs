//! `/account/applications`: what the user authorized, and an end to it.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::logged_in;
use crate::{
    domain::{
        ids::{ApplicationId, GrantId},
        scope::RegisteredScope,
        time::Timestamp,
    },
    http::{
        form::Form,
        pages::{
            FormTargets, Pages,
            moment::Moment,
            refusal::PageRefusal,
            render,
            session::{LOG_OUT, shown_user},
            view::{AccountApplicationsPage, AuthorizedApplication, RunBy},
            words::{self, Done},
        },
    },
    manage::grants::AuthorizedApplication as Entry,
};

const FORM: &str = "applications";

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.respond(&req, show(&req, &pages).await)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let entries = pages.logins().applications_of(&user, visitor.now()).await?;
    let registered = pages.oauth().registered_scopes().await?;
    let withdrawn = match query.get("withdrawn").and_then(|id| id.parse::<ApplicationId>().ok()) {
        Some(id) => pages.oauth().application_name(id).await?,
        None => None,
    };
    let (csrf, log_out) = (visitor.csrf(FORM), visitor.csrf(LOG_OUT));
    let view = AccountApplicationsPage {
        shell: pages.shell(),
        user: shown_user(&user, &log_out),
        done: withdrawn.as_ref().map(|name| Done::Withdrawn(name.as_str())),
        applications: entries.iter().map(|entry| line(entry, &registered, visitor.now())).collect(),
        csrf: &csrf,
    };
    Ok(visitor.answer(pages, render(StatusCode::OK, &view, &FormTargets::here())))
}

fn line<'a>(entry: &'a Entry, registered: &'a [RegisteredScope], now: Timestamp) -> AuthorizedApplication<'a> {
    let sentence = |value: &'a str| {
        let known = registered.iter().find(|known| known.name.as_str() == value);
        let described = known.map(|known| known.description.as_str()).filter(|text| !text.is_empty());
        words::built_in(value).map(|(sentence, _)| sentence).or(described).unwrap_or(value)
    };
    AuthorizedApplication {
        grant: Cow::Owned(entry.grant.id.to_string()),
        name: entry.application.name.as_str(),
        run_by: RunBy {
            space: entry.run_by.space.as_str(),
            user: entry.run_by.user.as_ref().map(crate::domain::name::Name::as_str),
        },
        scopes: entry.grant.scopes.iter().map(|granted| sentence(granted.scope.as_str())).collect(),
        authorized: Moment::new(entry.usage.created_at, now),
        last_used: entry.usage.last_used_at.map(|at| Moment::new(at, now)),
        logins: 0,
    }
}

pub(in crate::http::pages) async fn withdraw(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = withdraw_one(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn withdraw_one(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visitor.require_sent(req, pages, &form, FORM)?;
    let grant: GrantId = form.get("grant").and_then(|id| id.parse().ok()).ok_or_else(PageRefusal::not_found)?;
    let application = pages.logins().withdraw_own(&user, grant, visitor.address).await?;
    Ok(pages.see(&format!("/account/applications?withdrawn={application}")))
}
