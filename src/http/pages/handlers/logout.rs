//! `/logout`

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use crate::http::{
    form::Form,
    pages::{
        FormTargets, Pages, Visitor,
        refusal::PageRefusal,
        render,
        session::{LOG_OUT, ended},
        view::LoggedOutPage,
    },
};

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = log_out(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn log_out(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let visitor = Visitor::of(req, pages).await?;
    visitor.require_sent(req, pages, &form, LOG_OUT)?;
    if let Some(logged_in) = visitor.logged_in {
        pages.logins().log_out(&logged_in, visitor.address).await?;
    }
    Ok(ended(pages, pages.see("/logged-out")))
}

pub(in crate::http::pages) async fn logged_out(pages: web::Data<Pages>) -> HttpResponse {
    render(StatusCode::OK, &LoggedOutPage { shell: pages.shell() }, &FormTargets::here())
}
