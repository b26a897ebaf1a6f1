//! `/logout`

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use crate::http::{
    form::Form,
    pages::{
        FormTargets, Pages, Visitor,
        refusal::PageRefusal,
        render,
        session::{SIGN_OUT, ended},
        view::SignedOutPage,
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
    visitor.require_sent(req, pages, &form, SIGN_OUT)?;
    if let Some(logged_in) = visitor.logged_in {
        pages.logins().log_out(&logged_in, visitor.address).await?;
    }
    Ok(ended(pages, pages.see("/signed-out")))
}

pub(in crate::http::pages) async fn signed_out(pages: web::Data<Pages>) -> HttpResponse {
    render(StatusCode::OK, &SignedOutPage { shell: pages.shell() }, &FormTargets::here())
}
