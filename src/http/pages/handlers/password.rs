//! `/account/password`

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::{logged_in, password, problem, refused, status};
use crate::{
    domain::password_policy::MIN_CHARACTERS,
    http::{
        form::Form,
        pages::{
            FormTargets, Pages, Visitor, origin,
            refusal::PageRefusal,
            render,
            session::{LOG_OUT, begun, shown_user},
            view::AccountPasswordPage,
            words::{Done, PasswordProblem},
        },
    },
    manage::{
        logins::{ChangePassword, NewPassword},
        sessions::LoggedIn,
    },
};

const FORM: &str = "password";

pub(in crate::http::pages) async fn get(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.respond(&req, show(&req, &pages).await)
}

async fn show(req: &HttpRequest, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let query = Form::parse(req.query_string().as_bytes())?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let done = (query.get("done") == Some("changed")).then_some(Done::PasswordChanged);
    Ok(page(pages, &visitor, &user, StatusCode::OK, done, None))
}

fn page(
    pages: &Pages,
    visitor: &Visitor,
    user: &LoggedIn,
    status: StatusCode,
    done: Option<Done<'_>>,
    problem: Option<PasswordProblem>,
) -> HttpResponse {
    let (csrf, log_out) = (visitor.csrf(FORM), visitor.csrf(LOG_OUT));
    let view = AccountPasswordPage {
        shell: pages.shell(),
        user: shown_user(user, &log_out),
        done,
        least: MIN_CHARACTERS,
        csrf: &csrf,
        problem,
    };
    visitor.answer(pages, render(status, &view, &FormTargets::here()))
}

pub(in crate::http::pages) async fn post(
    req: HttpRequest,
    payload: web::Payload,
    pages: web::Data<Pages>,
) -> HttpResponse {
    let result = change(&req, payload, &pages).await;
    pages.respond(&req, result)
}

async fn change(req: &HttpRequest, payload: web::Payload, pages: &Pages) -> Result<HttpResponse, PageRefusal> {
    let body = pages.form(req, payload).await?;
    let form = Form::parse(&body)?;
    let (visitor, user) = match logged_in(req, pages).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if origin::is_foreign(req.headers(), pages.issuer()) {
        return Err(PageRefusal::foreign_form());
    }
    if !visitor.has_token(&form, FORM) {
        return Ok(page(pages, &visitor, &user, StatusCode::FORBIDDEN, None, Some(PasswordProblem::Expired)));
    }
    let input = ChangePassword {
        logged_in: &user,
        current: password(&form, "current")?,
        new: password(&form, "password")?,
        peer: visitor.peer(req),
    };
    Ok(match pages.logins().change_password(input).await? {
        NewPassword::Set(logged_in) => begun(pages, pages.see("/account/password?done=changed"), &logged_in),
        NewPassword::NotSet(why) => match problem(why) {
            None => pages.see("/login"),
            Some(problem) => refused(page(pages, &visitor, &user, status(why), None, Some(problem)), why),
        },
    })
}
