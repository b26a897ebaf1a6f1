//! `/login`

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{HOME, password};
use crate::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    http::{
        form::Form,
        pages::{
            FormTargets, Pages, Visitor,
            console::back::after_login,
            cookies::Cookie,
            origin,
            refusal::PageRefusal,
            render,
            session::begun,
            site::{slowed, with_retry_after},
            view::{Destination, LoginPage, LoginTo},
            words::LoginProblem,
        },
    },
    manage::logins::{LogIn, Outcome},
    oauth::authorize::kept::Waiting,
};

const FORM: &str = "login";

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.respond(&req, show(&req, &pages).await)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let visitor = Visitor::of(req, pages).await?;
    // A request that nobody waits for any more, because it was answered, is none.
    let waiting = waiting(pages, &visitor, request(&query)).await?;
    let request = request(&query).filter(|_| waiting.is_some());
    let as_another = query.get("another").is_some();
    // Whoever is sent here with a request has to log in, also again; whoever asks for it may log in as somebody else.
    if visitor.logged_in.is_some() && request.is_none() && !as_another {
        return Ok(pages.see(next(&query).unwrap_or(HOME)));
    }
    let hint = waiting.as_ref().and_then(|waiting| waiting.login_hint.as_deref()).unwrap_or_default();
    let again = visitor.logged_in.is_some() && !as_another;
    let problem = again.then_some(LoginProblem::EnterAgain);
    let shown = Shown { request, next: next(&query), waiting: waiting.as_ref(), login: hint, problem };
    Ok(page(pages, &visitor, StatusCode::OK, &shown))
}

/// The handle of the authorization request that waits. Anything else that stands there leads nowhere (B10).
pub(super) fn request<'a>(fields: &'a Form<'_>) -> Option<&'a str> {
    let names_a_request =
        |text: &&str| PresentedSecret::parse(text).is_ok_and(|shown| shown.kind() == SecretKind::AuthorizationRequest);
    fields.get("request").filter(names_a_request)
}

/// The page of ours that somebody wanted to see before the login.
fn next<'a>(fields: &'a Form<'_>) -> Option<&'a str> {
    fields.get("next").and_then(after_login)
}

async fn waiting(pages: &Pages, visitor: &Visitor, request: Option<&str>) -> Result<Option<Waiting>, PageRefusal> {
    match request {
        Some(handle) => Ok(pages.oauth().waiting(handle, visitor.browser.hash()).await?),
        None => Ok(None),
    }
}

/// What differs from one showing of the page to another.
struct Shown<'a> {
    request: Option<&'a str>,
    next: Option<&'a str>,
    waiting: Option<&'a Waiting>,
    login: &'a str,
    problem: Option<LoginProblem>,
}

fn page(pages: &Pages, visitor: &Visitor, status: StatusCode, shown: &Shown<'_>) -> HttpResponse {
    let csrf = visitor.csrf(FORM);
    let view = LoginPage {
        shell: pages.shell(),
        application: shown.waiting.and_then(|waiting| {
            let returns_to = Destination::of(&waiting.redirect_uri)?;
            Some(LoginTo { name: waiting.application.as_str(), returns_to })
        }),
        request: shown.request,
        next: shown.next,
        csrf: &csrf,
        login: shown.login,
        problem: shown.problem,
        reset_available: pages.logins().offers_reset(),
    };
    // After the login the browser may go straight back to the application, which the policy of this page has to allow.
    let targets = shown.waiting.map_or_else(FormTargets::here, |to| FormTargets::returning_to(&to.redirect_uri));
    visitor.answer(pages, render(status, &view, &targets))
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = log_in(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn log_in(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let visitor = Visitor::of(req, pages).await?;
    if origin::is_foreign(req.headers(), pages.issuer()) {
        return Err(PageRefusal::foreign_form());
    }
    let (request, login) = (request(&form), form.get("login").unwrap_or_default());
    let waiting = waiting(pages, &visitor, request).await?;
    let waiting = waiting.as_ref();
    let next = next(&form);
    let again = |status, problem| {
        page(pages, &visitor, status, &Shown { request, next, waiting, login, problem: Some(problem) })
    };
    if !visitor.has_token(&form, FORM) {
        return Ok(again(StatusCode::FORBIDDEN, LoginProblem::Expired));
    }
    let attempt = LogIn {
        name: login,
        password: password(&form, "password")?,
        peer: visitor.peer(req),
        device: Cookie::Device.read(req, pages.issuer()),
        session: Cookie::Session.read(req, pages.issuer()),
    };
    Ok(match pages.logins().log_in(attempt).await? {
        Outcome::LoggedIn(logged_in) => {
            let next = match request {
                Some(request) => format!("/consent?request={request}"),
                None => next.unwrap_or(HOME).to_owned(),
            };
            begun(pages, pages.see(&next), &logged_in)
        }
        Outcome::MustRenew(link) => {
            let next = request.map(|request| format!("?request={request}")).unwrap_or_default();
            pages.see(&format!("/setup/{}{next}", link.secret().expose()))
        }
        Outcome::Wrong => again(StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::Wrong),
        Outcome::Wait(exhausted) => {
            let problem = LoginProblem::Throttled { seconds: u64::from(exhausted.seconds()) };
            slowed(again(StatusCode::TOO_MANY_REQUESTS, problem), &exhausted)
        }
        Outcome::Busy => with_retry_after(again(StatusCode::SERVICE_UNAVAILABLE, LoginProblem::Busy), Some(1)),
    })
}
