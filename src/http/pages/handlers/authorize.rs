//! `GET` and `POST /oauth/authorize` (RFC 6749 section 4.1.1): checks what the application asks for and sends the browser to
//! the page that is next, or back.

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
        oauth::parameters,
        pages::{
            Pages, Visitor,
            refusal::{Elsewhere, PageRefusal},
        },
    },
    oauth::authorize::{Browser, Outcome, Question, is_pushed, redirect::Redirect, request::PageFault},
};

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let answered = answer(&req, &pages).await;
    pages.respond(&req, answered)
}

async fn answer(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let form = Form::parse(req.query_string().as_bytes())?;
    let visitor = Visitor::of(req, pages).await?;
    let outcome = pages.oauth().authorize(&parameters(&form), browser(&visitor)).await?;
    Ok(visitor.answer(pages, respond(req, pages, outcome)))
}

/// A form that another site sends brings no cookies along (`SameSite=Lax`), so the request is kept for whichever browser
/// comes with it, and this one is sent to come with it (AZ-10).
pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let answered = bounce(&req, payload, &pages).await;
    pages.respond(&req, answered)
}

async fn bounce(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let asked = parameters(&form);
    let query = match asked.request_uri {
        Some(uri) if is_pushed(uri) => named(asked.client_id, uri),
        _ => match pages.oauth().keep_for_any(&asked).await? {
            Ok(uri) => named(asked.client_id, &uri),
            Err(outcome) => return Ok(respond(req, pages, outcome)),
        },
    };
    Ok(pages.see(&format!("/oauth/authorize?{query}")))
}

fn named(client_id: Option<&str>, request_uri: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client_id.unwrap_or_default()).append_pair("request_uri", request_uri);
    query.finish()
}

/// The visitor as the protocol sees one.
pub(super) fn browser(visitor: &Visitor) -> Browser<'_> {
    let session = visitor.logged_in.as_ref().map(|logged_in| &logged_in.session);
    Browser { hash: visitor.browser.hash(), session, peer: visitor.address }
}

/// What is to happen next, as a response.
pub(super) fn respond(req: &HttpRequest, pages: &Pages, outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Ask(handle, Question::Login) => pages.see(&format!("/login?request={}", handle.expose())),
        Outcome::Ask(handle, Question::Consent) => pages.see(&format!("/consent?request={}", handle.expose())),
        Outcome::Redirect(redirect) => back(&redirect),
        Outcome::Page(fault) => pages.refuse(req, &refusal(fault)),
    }
}

/// Back to the application: with 303, so that the browser repeats no form there (AZ-19, A17).
pub(super) fn back(redirect: &Redirect) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::SEE_OTHER);
    response.insert_header((CACHE_CONTROL, "no-store"));
    if let Ok(location) = HeaderValue::try_from(redirect.location()) {
        response.insert_header((LOCATION, location));
    }
    response.finish()
}

/// What is wrong, for a person who cannot mend it.
pub(super) fn refusal(fault: PageFault) -> PageRefusal {
    match fault {
        PageFault::UnknownClient => PageRefusal::application_mistake(
            "unknown_client",
            "The application that sent you here is not registered at this site.",
        ),
        PageFault::RedirectUri => PageRefusal::application_mistake(
            "invalid_redirect_uri",
            "The application wants you to be sent to a place that is not registered for it.",
        ),
        PageFault::StateTooLong => {
            PageRefusal::application_mistake("invalid_request", "The application sent more than 1024 bytes of state.")
        }
        PageFault::UnknownRequest => PageRefusal::gone_request(),
        PageFault::RequestUri => {
            PageRefusal { status: StatusCode::BAD_REQUEST, code: "invalid_request_uri", ..PageRefusal::gone_request() }
        }
        PageFault::Application { error, description: _, back } => PageRefusal {
            elsewhere: Some(Box::new(Elsewhere { href: back.location().to_owned(), text: "Back to the application" })),
            ..PageRefusal::application_mistake(error, "The application asked for something that it cannot have.")
        },
        PageFault::NotAdmitted(reason) => PageRefusal::not_admitted(reason),
    }
}
