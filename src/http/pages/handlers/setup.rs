//! `/setup/{link}`

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{HOME, login, password, problem, refused, status};
use crate::{
    domain::password_policy::MIN_CHARACTERS,
    http::{
        form::Form,
        pages::{
            FormTargets, Pages, Visitor, refusal::PageRefusal, render, session::begun, view::SetupPage,
            words::PasswordProblem,
        },
    },
    manage::logins::{LinkedAccount, NewPassword},
};

/// The form is bound to its link: the token for one link does not fit another.
fn form_of(link: &str) -> String {
    format!("setup {link}")
}

pub(in crate::http::pages) async fn get(
    req: HttpRequest,
    link: web::Path<String>,
    pages: web::Data<Pages>,
) -> HttpResponse {
    pages.respond(&req, show(&req, &link, &pages).await)
}

async fn show(req: &HttpRequest, link: &str, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let visitor = Visitor::of(req, pages).await?;
    let account = pages.logins().linked(visitor.keys(), link).await?.ok_or(PageRefusal::dead_link())?;
    let shown = Shown { link, request: login::request(&query), account: &account };
    Ok(page(pages, &visitor, &shown, StatusCode::OK, None))
}

struct Shown<'a> {
    link: &'a str,
    request: Option<&'a str>,
    account: &'a LinkedAccount,
}

fn page(
    pages: &Pages,
    visitor: &Visitor,
    shown: &Shown<'_>,
    status: StatusCode,
    problem: Option<PasswordProblem>,
) -> HttpResponse {
    let csrf = visitor.csrf(&form_of(shown.link));
    let profile = &shown.account.profile;
    let view = SetupPage {
        shell: pages.shell(),
        name: profile.full_name.as_str(),
        login: profile.login.as_str(),
        is_first: shown.account.is_first,
        least: MIN_CHARACTERS,
        link: shown.link,
        request: shown.request,
        csrf: &csrf,
        problem,
    };
    visitor.answer(pages, render(status, &view, &FormTargets::here()))
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    link: web::Path<String>,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = set(&req, &link, payload, &pages).await;
    pages.respond(&req, result)
}

async fn set(req: &HttpRequest, link: &str, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let visitor = Visitor::of(req, pages).await?;
    visitor.require_sent(req, pages, &form, &form_of(link))?;
    let new = password(&form, "password")?;
    let account = pages.logins().linked(visitor.keys(), link).await?.ok_or(PageRefusal::dead_link())?;
    let request = login::request(&form);
    match pages.logins().set_by_link(visitor.keys(), link, new, visitor.peer(req)).await? {
        NewPassword::Set(logged_in) => {
            let next = request.map_or_else(|| HOME.to_owned(), |request| format!("/consent?request={request}"));
            Ok(begun(pages, pages.see(&next), &logged_in))
        }
        NewPassword::NotSet(why) => {
            let problem = problem(why).ok_or(PageRefusal::dead_link())?;
            let shown = Shown { link, request, account: &account };
            Ok(refused(page(pages, &visitor, &shown, status(why), Some(problem)), why))
        }
    }
}
