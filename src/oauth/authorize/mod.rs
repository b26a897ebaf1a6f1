//! The authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): a request is checked, kept, and
//! answered when the user has logged in and consented. The browser carries no more than a text that names the request.
//!
//! 1. [`request`] checks what an application asks for.
//! 2. [`kept`] keeps it, for a browser or for whoever comes with its `request_uri` (RFC 9126).
//! 3. [`next_step`] says what is missing: a login, a consent, or nothing.
//! 4. `issue` makes the code, and [`crate::oauth::consent`] the grant that it rests on.

mod code;
mod issue;
pub mod kept;
pub mod next_step;
pub mod redirect;
pub mod request;

pub(super) use code::Granted;

use std::net::IpAddr;

use super::{Error, OAuth};
use crate::domain::session::Session;
use kept::{Handle, REQUEST_URI};
use next_step::Step;
use redirect::Redirect;
use request::{Fault, PageFault, Parameters};

/// The browser that a request comes from, and who is logged in there.
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    /// Hash of the cookie that every browser gets at its first contact.
    pub hash: [u8; 32],
    /// Who is logged in.
    pub session: Option<&'a Session>,
    /// Where the request comes from.
    pub peer: Option<IpAddr>,
}

/// What is to happen next in the browser.
pub enum Outcome {
    /// The person at the browser is asked something; the handle names the request.
    Ask(Handle, Question),
    /// The browser goes back to the application.
    Redirect(Redirect),
    /// The browser is told what is wrong and goes nowhere (AZ-01, AZ-02).
    Page(PageFault),
}

/// What a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// To log in.
    Login,
    /// For consent.
    Consent,
}

/// Whether a `request_uri` names a request that was pushed here. Any other would have to be fetched from somewhere, which is
/// not done (A22).
#[must_use]
pub fn is_pushed(request_uri: &str) -> bool {
    request_uri.starts_with(REQUEST_URI)
}

impl OAuth {
    /// Answers a request of a browser.
    ///
    /// # Errors
    /// Our own trouble; what the application did wrong is an [`Outcome`].
    pub async fn authorize(&self, parameters: &Parameters<'_>, browser: Browser<'_>) -> Result<Outcome, Error> {
        let kept = match parameters.request_uri {
            Some(uri) if is_pushed(uri) => self.claim(uri, parameters.client_id, browser.hash).await?,
            _ => match self.check(parameters).await? {
                Ok(checked) => {
                    let kept = self.keep(checked, Some(browser.hash)).await?;
                    kept.ok_or(Fault::Page(PageFault::UnknownClient))
                }
                Err(fault) => Err(fault),
            },
        };
        let (handle, kept) = match kept {
            Ok(kept) => kept,
            Err(Fault::Page(fault)) => return Ok(Outcome::Page(fault)),
            Err(Fault::Refused(refused)) => return Ok(refused.outcome(self.options().issuer.as_str())),
        };
        self.go_on(handle, &kept, browser).await
    }

    /// Goes on with a request that was kept for this browser, after a login for instance.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn resume(&self, handle: &str, browser: Browser<'_>) -> Result<Outcome, Error> {
        match self.find_request(handle, browser.hash).await? {
            Some((handle, kept)) => self.go_on(handle, &kept, browser).await,
            None => Ok(Outcome::Page(PageFault::UnknownRequest)),
        }
    }

    /// Keeps a request for whichever browser comes with it; answers with its `request_uri`, or with what is to happen instead.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn keep_for_any(&self, parameters: &Parameters<'_>) -> Result<Result<String, Outcome>, Error> {
        Ok(match self.check(parameters).await? {
            Ok(checked) => {
                let kept = self.keep(checked, None).await?;
                kept.map(|(handle, _)| format!("{REQUEST_URI}{}", handle.expose()))
                    .ok_or(Outcome::Page(PageFault::UnknownClient))
            }
            Err(Fault::Page(fault)) => Err(Outcome::Page(fault)),
            Err(Fault::Refused(refused)) => Err(refused.outcome(self.options().issuer.as_str())),
        })
    }

    async fn go_on(&self, handle: Handle, kept: &kept::Kept, browser: Browser<'_>) -> Result<Outcome, Error> {
        let step = self.live.decide(async |view| self.next_step(view, kept, browser.session).await).await?;
        Ok(match step {
            Step::Login if kept.request.allows_pages() => Outcome::Ask(handle, Question::Login),
            Step::Consent(_) if kept.request.allows_pages() => Outcome::Ask(handle, Question::Consent),
            Step::Login => Outcome::Redirect(self.refuse(kept, "login_required", "The user is not logged in")),
            Step::Consent(_) => Outcome::Redirect(self.refuse(kept, "consent_required", "The user has to consent")),
            Step::NotAdmitted(reason) if kept.request.allows_pages() => Outcome::Page(PageFault::NotAdmitted(reason)),
            Step::NotAdmitted(_) => {
                Outcome::Redirect(self.refuse(kept, "access_denied", "The user may not authorize this application"))
            }
            Step::Gone => Outcome::Page(PageFault::UnknownRequest),
            Step::Ready(ready) => self.answer_with_code(kept, *ready, browser.peer).await?,
        })
    }

    /// The answer that nothing is granted.
    fn refuse(&self, kept: &kept::Kept, error: &'static str, description: &'static str) -> Redirect {
        Redirect::error(&kept.request.target(), self.options().issuer.as_str(), error, description)
    }
}
