//! `/consent`: asks whether an application may have access, and takes the answer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::authorize::{back, browser, refusal, respond};
use crate::{
    domain::{
        grant_standing::Admission,
        permission::PermissionClass,
        user_scope::{IdentityScope, UserScope},
    },
    http::{
        form::Form,
        pages::{
            FormTargets, Pages, Visitor,
            refusal::PageRefusal,
            render,
            session::{LOG_OUT, shown_user},
            view::{ConsentPage, Destination, Review, RunBy, ScopeLine},
            words::{self, Access, AccessLife},
        },
    },
    manage::sessions::LoggedIn,
    oauth::{
        authorize::request::PageFault,
        consent::{ConsentQuestion, Consented, Decision},
    },
};

/// Goes on with a request: asks for consent if that is what is missing, else sends the browser to whatever is next.
pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let answered = show(&req, &pages).await;
    pages.respond(&req, answered)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let handle = query.get("request").ok_or_else(PageRefusal::gone_request)?;
    let visitor = Visitor::of(req, pages).await?;
    if let Some(logged_in) = &visitor.logged_in
        && let Some(question) = pages.oauth().consent_question(handle, browser(&visitor)).await?
    {
        return Ok(visitor.answer(pages, page(pages, &visitor, logged_in, handle, &question)));
    }
    let outcome = pages.oauth().resume(handle, browser(&visitor)).await?;
    Ok(visitor.answer(pages, respond(req, pages, outcome)))
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let answered = decide(&req, payload, &pages).await;
    pages.respond(&req, answered)
}

async fn decide(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse_repeating(&body, &["scope"])?;
    let visitor = Visitor::of(req, pages).await?;
    let handle = form.get("request").ok_or_else(PageRefusal::gone_request)?;
    visitor.require_sent(req, pages, &form, &form_of(handle))?;
    let decision = match form.get("decision") {
        Some("allow") => Decision::Allow {
            ticked: form.all("scope").map(str::to_owned).collect(),
            required: form.get("required").unwrap_or_default().to_owned(),
        },
        Some("deny") => Decision::Deny,
        _ => return Err(PageRefusal::bad_request("The answer is neither allow nor deny.")),
    };
    let consented = pages.oauth().decide_consent(handle, browser(&visitor), decision).await?;
    Ok(match consented {
        Consented::Redirect(redirect) => back(&redirect),
        Consented::NotAdmitted(reason) => pages.refuse(req, &refusal(PageFault::NotAdmitted(reason))),
        Consented::Changed => pages.see(&format!("/consent?request={handle}")),
        Consented::Gone => pages.refuse(req, &PageRefusal::gone_request()),
    })
}

/// The form of one request: its token is of no use for another.
fn form_of(handle: &str) -> String {
    format!("consent {handle}")
}

fn page(
    pages: &Pages,
    visitor: &Visitor,
    logged_in: &LoggedIn,
    handle: &str,
    question: &ConsentQuestion,
) -> HttpResponse {
    let (request, asked) = (&question.kept.request, &question.asked);
    let admission = &asked.admission;
    let lines: Vec<_> = request.scopes.iter().map(|scope| line(scope, question)).collect();
    let values: Vec<&str> = request.scopes.iter().map(UserScope::as_str).collect();
    let alters = request.scopes.iter().any(|scope| class_of(scope, question) == Some(PermissionClass::Write));
    let carries_roles = request.scopes.iter().any(|scope| !matches!(scope, UserScope::Identity(_)));
    let apis = match request.resources.as_slice() {
        [] if carries_roles => vec![asked.site.default_audience.as_str()],
        named => named.iter().map(crate::domain::audience::Audience::as_str).collect(),
    };
    let life = if request.scopes.has(IdentityScope::OfflineAccess) {
        AccessLife::UntilUnused { days: pages.oauth().options().refresh_idle.as_secs() / (24 * 60 * 60) }
    } else {
        AccessLife::WhileShownUser
    };
    let Some(returns_to) = Destination::of(&request.redirect_uri) else {
        return HttpResponse::InternalServerError().finish();
    };
    let log_out = visitor.csrf(LOG_OUT);
    let view = ConsentPage {
        shell: pages.shell(),
        application: admission.application.name.as_str(),
        run_by: RunBy {
            space: admission.application_space.name.as_str(),
            user: question.owner.as_ref().map(crate::domain::name::Name::as_str),
        },
        home_space: admission.home.name.as_str(),
        review: review(admission),
        returns_to,
        user: shown_user(logged_in, &log_out),
        scopes: lines,
        not_able: words::not_able(&values, alters),
        apis,
        life,
        request: handle,
        csrf: &visitor.csrf(&form_of(handle)),
    };
    render(StatusCode::OK, &view, &FormTargets::returning_to(&request.redirect_uri))
}

/// An application that one of its users registered for himself is not the space's own.
fn review(admission: &Admission) -> Review {
    let application = &admission.application;
    if admission.approval.approved {
        Review::Approved
    } else if application.space == admission.home.id && application.owner.is_none() {
        Review::Own
    } else {
        Review::None
    }
}

fn line<'a>(scope: &'a UserScope, question: &'a ConsentQuestion) -> ScopeLine<'a> {
    let asked = &question.asked;
    let description = match scope {
        UserScope::Registered(name) => {
            let known = asked.site.scopes.iter().find(|known| known.name == *name);
            known.map(|known| known.description.as_str()).unwrap_or_default()
        }
        _ => "",
    };
    let access = class_of(scope, question).map(|class| match class {
        PermissionClass::Read => Access::Read,
        PermissionClass::Write => Access::Write,
    });
    ScopeLine {
        required: asked.admission.application.requires(scope),
        is_new: asked.grant.as_ref().is_some_and(|grant| !grant.gives(scope)),
        ..ScopeLine::new(scope.as_str(), description, access)
    }
}

fn class_of(scope: &UserScope, question: &ConsentQuestion) -> Option<PermissionClass> {
    let UserScope::Registered(name) = scope else { return None };
    question.asked.site.scopes.iter().find(|known| known.name == *name).map(|known| known.class)
}
