//! `/password/forgotten`: only where there is a mail server. The answer is the same whoever is named (P1).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use crate::http::{
    form::Form,
    pages::{
        FormTargets, Pages, Visitor, origin,
        refusal::PageRefusal,
        render,
        site::slowed,
        view::{ForgottenPage, ForgottenSentPage},
        words::LoginProblem,
    },
};

const FORM: &str = "forgotten";

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.respond(&req, show(&req, &pages).await)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    require_offered(pages)?;
    let visitor = Visitor::of(req, pages).await?;
    Ok(page(pages, &visitor, StatusCode::OK, "", None))
}

fn require_offered(pages: &Pages) -> Result<(), PageRefusal> {
    if pages.logins().offers_reset() { Ok(()) } else { Err(PageRefusal::not_found()) }
}

fn page(
    pages: &Pages,
    visitor: &Visitor,
    status: StatusCode,
    login: &str,
    problem: Option<LoginProblem>,
) -> HttpResponse {
    let csrf = visitor.csrf(FORM);
    let view = ForgottenPage { shell: pages.shell(), login, csrf: &csrf, problem };
    visitor.answer(pages, render(status, &view, &FormTargets::here()))
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = ask(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn ask(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    require_offered(pages)?;
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let visitor = Visitor::of(req, pages).await?;
    if origin::is_foreign(req.headers(), pages.issuer()) {
        return Err(PageRefusal::foreign_form());
    }
    let login = form.get("login").unwrap_or_default();
    if !visitor.has_token(&form, FORM) {
        return Ok(page(pages, &visitor, StatusCode::FORBIDDEN, login, Some(LoginProblem::Expired)));
    }
    match pages.logins().forgotten(visitor.keys(), login, visitor.address).await? {
        None => Ok(pages.see("/password/forgotten/sent")),
        Some(exhausted) => {
            let problem = LoginProblem::Throttled { seconds: u64::from(exhausted.seconds()) };
            let again = page(pages, &visitor, StatusCode::TOO_MANY_REQUESTS, login, Some(problem));
            Ok(slowed(again, &exhausted))
        }
    }
}

pub(in crate::http::pages) async fn sent(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let shown = require_offered(&pages)
        .map(|()| render(StatusCode::OK, &ForgottenSentPage { shell: pages.shell() }, &FormTargets::here()));
    pages.respond(&req, shown)
}
