//! Why a page is not shown, and the page that says so. What was asked for is never repeated, and no page leads elsewhere.

use std::{borrow::Cow, fmt::Display};

use actix_web::http::StatusCode;

use super::view::WayOut;
use crate::{
    crypto::random::RandomUnavailable,
    domain::grant_standing::NotAdmitted,
    http::{body::BodyError, form::FormError, trouble::Trouble},
    manage, oauth, store,
};

/// A request that gets no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRefusal {
    /// HTTP status.
    pub status: StatusCode,
    /// A word for whoever is asked for help.
    pub code: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What happened.
    pub sentence: Cow<'static, str>,
    /// What to do.
    pub next: &'static str,
    /// A link to somewhere on this site.
    pub way_out: Option<Box<WayOut<'static>>>,
    /// A link to the application that sent the browser here.
    pub elsewhere: Option<Box<Elsewhere>>,
    /// Seconds after which it is worth another try.
    pub retry_after: Option<u16>,
    /// Our own trouble, for the log.
    pub(super) trouble: Option<Box<Trouble>>,
}

/// A link to a registered place of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Where it leads.
    pub href: String,
    /// What stands on it.
    pub text: &'static str,
}

impl PageRefusal {
    fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        sentence: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            sentence: sentence.into(),
            next: "Go back and try again.",
            way_out: None,
            elsewhere: None,
            retry_after: None,
            trouble: None,
        }
    }

    fn leading(mut self, path: &'static str, text: &'static str) -> Self {
        self.way_out = Some(Box::new(WayOut { path, text }));
        self
    }

    /// The form was not sent from a page of ours in this browser (B1).
    #[must_use]
    pub fn foreign_form() -> Self {
        let sentence =
            "This form did not come from a page of this site, or the page was open for too long. Nothing was changed.";
        Self {
            next: "Open the page again and repeat what you wanted to do. Cookies must be allowed for this site.",
            ..Self::new(StatusCode::FORBIDDEN, "foreign_form", "This form cannot be used", sentence)
        }
        .leading("/account", "To your account")
    }

    /// The application that sent the browser here made a mistake, which the person at the browser cannot mend.
    #[must_use]
    pub fn application_mistake(code: &'static str, sentence: &'static str) -> Self {
        Self {
            next: "Go back to the application and tell those who run it about the code below.",
            ..Self::new(StatusCode::BAD_REQUEST, code, "The application made a mistake", sentence)
        }
    }

    /// A request of an application that was answered already, is too old, or began in another browser.
    #[must_use]
    pub fn gone_request() -> Self {
        let sentence = "What the application asked for was answered already, is too old, or began in another browser.";
        Self {
            next: "Go back to the application and begin again.",
            ..Self::new(StatusCode::FORBIDDEN, "unknown_request", "Please begin again", sentence)
        }
    }

    /// The user may not authorize the application.
    #[must_use]
    pub fn not_admitted(reason: NotAdmitted) -> Self {
        let (sentence, next) = match reason {
            NotAdmitted::NotApproved => (
                "Your organization does not allow its people to use this application here.",
                "Ask an administrator of your space to approve it.",
            ),
            NotAdmitted::ApplicationDisabled | NotAdmitted::ApplicationSpaceClosed => {
                ("The application is switched off at this site.", "Ask those who run the application.")
            }
            NotAdmitted::UserDisabled | NotAdmitted::SpaceClosed => {
                ("Your account cannot be used at the moment.", "Ask an administrator of your space.")
            }
        };
        Self {
            next,
            ..Self::new(StatusCode::FORBIDDEN, "application_not_allowed", "No access for this application", sentence)
        }
    }

    /// A part of the request cannot be read.
    #[must_use]
    pub fn bad_request(sentence: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", "This request cannot be read", sentence)
    }

    /// A link that is used, too old or mistyped.
    #[must_use]
    pub fn dead_link() -> Self {
        let sentence = "This link was used already, is too old, or was not copied whole.";
        Self {
            next: "Ask whoever sent it for a new one.",
            ..Self::new(StatusCode::GONE, "dead_link", "This link does not work any more", sentence)
        }
        .leading("/login", "To the login")
    }

    /// Nothing is here.
    #[must_use]
    pub fn not_found() -> Self {
        Self {
            next: "Check the address, or begin at your account.",
            ..Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here", "No page has this address.")
        }
        .leading("/account", "To your account")
    }

    /// Whoever asks may not see or do that.
    #[must_use]
    pub fn missing_permission(permission: &str) -> Self {
        let sentence = format!("This needs the permission {permission}, which you do not have here.");
        Self {
            next: "Ask an administrator of the space to do it, or to give you a role that has the permission.",
            ..Self::new(StatusCode::FORBIDDEN, "missing_permission", "You may not see this", sentence)
        }
        .leading("/", "To the start")
    }

    /// What was asked for is not possible as things stand.
    #[must_use]
    pub fn impossible(status: StatusCode, sentence: String) -> Self {
        Self::new(status, "impossible", "That is not possible", sentence).leading("/", "To the start")
    }

    /// A page could not be put together.
    #[must_use]
    pub(super) fn unshowable() -> Self {
        Self::trouble(&"a page could not be rendered")
    }

    /// Another method.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        let sentence = "This address does not do what was asked of it.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "That is not possible here", sentence)
    }

    /// Our own trouble.
    #[must_use]
    pub fn unavailable() -> Self {
        let sentence = "The site cannot answer at the moment. Nothing was changed.";
        Self {
            next: "Please try again in a few seconds.",
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Please try again", sentence)
        }
    }

    fn trouble(error: &dyn Display) -> Self {
        let trouble = Trouble { what: "a page could not be made", error: error.to_string() };
        Self { trouble: Some(Box::new(trouble)), ..Self::unavailable() }
    }

    /// Longer than any password may be (P5).
    #[must_use]
    pub fn password_too_long() -> Self {
        let sentence = "A password has at most 1024 bytes and no control characters.";
        Self {
            next: "Go back and enter it again.",
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_password", "This cannot be a password", sentence)
        }
    }
}

impl From<FormError> for PageRefusal {
    fn from(error: FormError) -> Self {
        Self::bad_request(error.description())
    }
}

impl From<BodyError> for PageRefusal {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyError::ContentType | BodyError::Broken => StatusCode::BAD_REQUEST,
        };
        Self { status, ..Self::bad_request(error.description()) }
    }
}

impl From<RandomUnavailable> for PageRefusal {
    fn from(error: RandomUnavailable) -> Self {
        manage::Error::from(error).into()
    }
}

/// What is no trouble of ours but was true a moment ago, such as a session that somebody else ended, is nothing that is
/// here any more.
impl From<manage::Error> for PageRefusal {
    fn from(error: manage::Error) -> Self {
        match error {
            manage::Error::NotFound { .. } => Self::not_found(),
            manage::Error::NotAuthenticated => Self::foreign_form(),
            trouble => Self::trouble(&trouble),
        }
    }
}

impl From<store::Error> for PageRefusal {
    fn from(error: store::Error) -> Self {
        manage::Error::from(error).into()
    }
}

impl From<oauth::Error> for PageRefusal {
    fn from(error: oauth::Error) -> Self {
        Self::trouble(&error)
    }
}
