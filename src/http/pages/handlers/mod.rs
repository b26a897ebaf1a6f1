//! The handlers of the pages: each reads the request, makes one call and renders. GET changes nothing; every form is
//! answered with a redirect, so that going back and reloading repeat nothing (B2).

pub(super) mod applications;
pub(super) mod authorize;
pub(super) mod consent;
pub(super) mod end_session;
pub(super) mod forgotten;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod password;
pub(super) mod sessions;
pub(super) mod setup;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use zeroize::Zeroizing;

use super::{
    Pages, Visitor,
    refusal::PageRefusal,
    site::{slowed, with_retry_after},
    words::PasswordProblem,
};
use crate::{
    domain::password_policy::{self, MAX_BYTES, MIN_CHARACTERS, WeakPassword},
    http::form::Form,
    manage::{logins::NotSet, sessions::LoggedIn},
};

/// Where people are when nothing waits for them; it leads on to what they may manage.
const HOME: &str = "/";

/// `/account` is the first of its pages.
pub(super) async fn account(pages: web::Data<Pages>) -> HttpResponse {
    pages.see("/account/applications")
}

/// `/` leads people to their space, whose first page that they may see is theirs.
pub(super) async fn start(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let found = logged_in(&req, &pages).await;
    let to = found.map(|found| match found {
        Ok((_, who)) => pages.see(&format!("/spaces/{}", who.home.id)),
        Err(to_login) => to_login,
    });
    pages.respond(&req, to)
}

pub(super) async fn other_method(req: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    pages.refuse(&req, &PageRefusal::method_not_allowed())
}

/// The visitor and who is logged in, or the way to the login.
async fn logged_in(req: &HttpRequest, pages: &Pages) -> Result<Result<(Visitor, LoggedIn), HttpResponse>, PageRefusal> {
    let visitor = Visitor::of(req, pages).await?;
    Ok(match visitor.logged_in.clone() {
        Some(logged_in) => Ok((visitor, logged_in)),
        None => Err(pages.see("/login")),
    })
}

/// A password of a form. What can be none is refused before it costs anything (P5).
fn password(form: &Form<'_>, field: &str) -> Result<Zeroizing<String>, PageRefusal> {
    let text = form.get(field).unwrap_or_default();
    password_policy::check_form(text).map_err(|_| PageRefusal::password_too_long())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Why a password was not set, in the words of its page. None if there is no page any more to say it on.
fn problem(why: NotSet) -> Option<PasswordProblem> {
    Some(match why {
        NotSet::WrongCurrent => PasswordProblem::WrongCurrent,
        NotSet::Weak(WeakPassword::TooShort) => PasswordProblem::TooShort { least: MIN_CHARACTERS },
        NotSet::Weak(WeakPassword::TooLong | WeakPassword::ControlCharacter) => {
            PasswordProblem::TooLong { most: MAX_BYTES }
        }
        NotSet::Weak(WeakPassword::TooCommon) => PasswordProblem::TooCommon,
        NotSet::Weak(WeakPassword::LikeAccount) => PasswordProblem::LikeLogin,
        NotSet::Same => PasswordProblem::Same,
        NotSet::Wait(exhausted) => PasswordProblem::Throttled { seconds: u64::from(exhausted.seconds()) },
        NotSet::Busy => PasswordProblem::Busy,
        NotSet::Ended => return None,
    })
}

/// The status of a refusal.
const fn status(why: NotSet) -> StatusCode {
    match why {
        NotSet::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        NotSet::Busy => StatusCode::SERVICE_UNAVAILABLE,
        NotSet::WrongCurrent | NotSet::Weak(_) | NotSet::Same | NotSet::Ended => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The page that tells of a refusal, with when to come back.
fn refused(page: HttpResponse, why: NotSet) -> HttpResponse {
    match why {
        NotSet::Wait(exhausted) => slowed(page, &exhausted),
        NotSet::Busy => with_retry_after(page, Some(1)),
        NotSet::WrongCurrent | NotSet::Weak(_) | NotSet::Same | NotSet::Ended => page,
    }
}
