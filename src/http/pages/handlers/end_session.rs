//! `GET` and `POST /oauth/logout` (OpenID Connect RP-Initiated Logout 1.0): an application sends the browser here to have the
//! user logged out. The person decides, on a page; nothing from elsewhere logs anybody out (B11).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, LOCATION},
    },
    web,
};

use crate::{
    http::{
        form::Form,
        pages::{
            FormTargets, Pages, Visitor,
            refusal::PageRefusal,
            render,
            session::{LOG_OUT, ended, shown_user},
            view::{Destination, LogoutPage},
        },
    },
    manage::sessions::LoggedIn,
    oauth::logout::{Leaving, LogoutRequest},
};

const PATH: &str = "/oauth/logout";

/// What is repeated from the request of the application to the answer of the person.
const REPEATED: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let shown = show(&req, &pages).await;
    pages.respond(&req, shown)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let visitor = Visitor::of(req, pages).await?;
    ask(pages, &visitor, &query).await
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let answered = answer(&req, payload, &pages).await;
    pages.respond(&req, answered)
}

/// From our own page with an answer, or from the application with a question.
async fn answer(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let visitor = Visitor::of(req, pages).await?;
    let Some(decision) = form.get("decision") else { return ask(pages, &visitor, &form).await };
    visitor.require_sent(req, pages, &form, LOG_OUT)?;
    if decision != "log_out" {
        return Ok(pages.see("/account"));
    }
    if let Some(logged_in) = &visitor.logged_in {
        pages.logins().log_out(logged_in, visitor.address).await?;
    }
    let leaving = pages.oauth().leaving(request(&form)).await?;
    Ok(ended(pages, go(pages, &leaving)))
}

async fn ask(pages: &Pages, visitor: &Visitor, form: &Form<'_>) -> Result<HttpResponse, PageRefusal> {
    let leaving = pages.oauth().leaving(request(form)).await?;
    let response = match &visitor.logged_in {
        Some(logged_in) => page(pages, visitor, logged_in, form, &leaving),
        None => go(pages, &leaving),
    };
    Ok(visitor.answer(pages, response))
}

fn page(pages: &Pages, visitor: &Visitor, logged_in: &LoggedIn, form: &Form<'_>, leaving: &Leaving) -> HttpResponse {
    let log_out = visitor.csrf(LOG_OUT);
    let back = leaving.back.as_deref();
    let view = LogoutPage {
        shell: pages.shell(),
        application: leaving.application.as_ref().map(|application| application.name.as_str()),
        returns_to: back.and_then(Destination::of),
        user: shown_user(logged_in, &log_out),
        action: PATH,
        fields: REPEATED.iter().filter_map(|name| Some((*name, form.get(name)?))).collect(),
    };
    render(StatusCode::OK, &view, &back.map_or_else(FormTargets::here, FormTargets::returning_to))
}

fn request<'f>(form: &'f Form<'_>) -> LogoutRequest<'f> {
    LogoutRequest {
        id_token_hint: form.get("id_token_hint"),
        client_id: form.get("client_id"),
        post_logout_redirect_uri: form.get("post_logout_redirect_uri"),
        state: form.get("state"),
    }
}

/// Back to the application if it may be told, else to our own word of farewell.
fn go(pages: &Pages, leaving: &Leaving) -> HttpResponse {
    let Some(location) = leaving.back.as_deref().and_then(|back| HeaderValue::try_from(back).ok()) else {
        return pages.see("/logged-out");
    };
    let mut response = HttpResponse::build(StatusCode::SEE_OTHER);
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((LOCATION, location));
    response.finish()
}
