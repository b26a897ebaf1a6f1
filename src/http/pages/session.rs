//! Who visits a page: which browser, and who is logged in there.

use std::net::IpAddr;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderValue, SET_COOKIE, USER_AGENT},
};

use super::{Pages, browser::Browser, cookies::Cookie, csrf, origin, refusal::PageRefusal, view::ShownUser};
use crate::{
    domain::time::Timestamp,
    http::form::Form,
    manage::{
        logins::{Keys, LoggedInAs, Peer},
        sessions::LoggedIn,
    },
};

/// How long a browser remembers that somebody was logged in there.
const DEVICE_LIFE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A browser, and who is logged in there at the moment of the request.
pub struct Visitor {
    /// The browser.
    pub browser: Browser,
    /// Who is logged in, if anybody is.
    pub logged_in: Option<LoggedIn>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    keys: Keys,
}

impl Visitor {
    /// The visitor of this request. A cookie that is not, or not any more, that of a session is nobody's (B3, B11).
    ///
    /// # Errors
    /// The database does not answer, or the system gives no randomness.
    pub async fn of(req: &HttpRequest, pages: &Pages) -> Result<Self, PageRefusal> {
        let browser = Browser::of(req, pages.issuer())?;
        let keys = pages.logins().keys().await?;
        let address = pages.address_of(req);
        let logged_in = match Cookie::Session.read(req, pages.issuer()) {
            Some(cookie) => pages.logins().current(&keys, cookie, address).await?,
            None => None,
        };
        Ok(Self { browser, logged_in, address, keys })
    }

    /// The keys of tags and hashes at the moment of the request.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The time of the request.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.keys.moment().now
    }

    /// Who it is, for the use cases.
    #[must_use]
    pub fn peer(&self, req: &HttpRequest) -> Peer {
        let agent = req.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Peer::new(self.address, agent)
    }

    /// The token of a form. `form` names the form and whatever it is bound to beside the browser and the session.
    #[must_use]
    pub fn csrf(&self, form: &str) -> String {
        csrf::token(self.keys.peppers(), &self.browser, self.session(), form)
    }

    /// Whether the form brought its token from a page of ours; whatever changes something asks this first (B1).
    #[must_use]
    pub fn sent(&self, req: &HttpRequest, pages: &Pages, sent: &Form<'_>, form: &str) -> bool {
        !origin::is_foreign(req.headers(), pages.issuer()) && self.has_token(sent, form)
    }

    /// The same as a refusal.
    ///
    /// # Errors
    /// [`PageRefusal::foreign_form`].
    pub fn require_sent(
        &self,
        req: &HttpRequest,
        pages: &Pages,
        sent: &Form<'_>,
        form: &str,
    ) -> Result<(), PageRefusal> {
        if self.sent(req, pages, sent, form) { Ok(()) } else { Err(PageRefusal::foreign_form()) }
    }

    /// Whether the form brought its token, wherever it was sent from.
    #[must_use]
    pub fn has_token(&self, sent: &Form<'_>, form: &str) -> bool {
        csrf::is_token(self.keys.peppers(), &self.browser, self.session(), form, sent.get("csrf"))
    }

    /// The response with the cookie that a new browser is recognized by.
    #[must_use]
    pub fn answer(&self, pages: &Pages, response: HttpResponse) -> HttpResponse {
        with_cookie(response, self.browser.cookie(pages.issuer()))
    }

    fn session(&self) -> Option<crate::domain::ids::SessionId> {
        self.logged_in.as_ref().map(|logged_in| logged_in.session.id)
    }
}

/// The user as every page of the account shows one; `csrf` is the token of the form [`LOG_OUT`].
#[must_use]
pub fn shown_user<'a>(logged_in: &'a LoggedIn, csrf: &'a str) -> ShownUser<'a> {
    let profile = &logged_in.profile;
    ShownUser { name: profile.full_name.as_str(), login: profile.login.as_str(), log_out_csrf: csrf }
}

/// The form of the button that logs out.
pub const LOG_OUT: &str = "logout";

/// The response with the cookies of a session that has just begun.
pub(super) fn begun(pages: &Pages, response: HttpResponse, begun: &LoggedInAs) -> HttpResponse {
    let issuer = pages.issuer();
    let life = pages.logins().options().session_life.as_secs();
    let response = with_cookie(response, Cookie::Session.set(issuer, begun.session.secret.expose(), life));
    with_cookie(response, Cookie::Device.set(issuer, &begun.device, DEVICE_LIFE_SECONDS))
}

/// The response that makes the browser forget its session.
pub(super) fn ended(pages: &Pages, response: HttpResponse) -> HttpResponse {
    with_cookie(response, Cookie::Session.forget(pages.issuer()))
}

fn with_cookie(mut response: HttpResponse, cookie: Option<HeaderValue>) -> HttpResponse {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
