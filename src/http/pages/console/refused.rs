//! Why a form was not carried out, or a page not shown.

use std::fmt::Display;

use actix_web::http::StatusCode;

use crate::{
    http::{
        api::status,
        form::FormError,
        pages::{refusal::PageRefusal, words::Complaint},
    },
    manage, store,
};

/// A request that gets no further.
pub(super) enum Refused {
    /// The form is shown again, with why.
    Form(Complaint, StatusCode),
    /// Another page is shown in its place.
    Page(PageRefusal),
    /// What is looked for stands at this path.
    Elsewhere(String),
    /// Nobody is logged in any more.
    LoggedOut,
}

impl Refused {
    /// What stands in a field is not what it has to be.
    pub(super) fn field(field: &'static str, why: &dyn Display) -> Self {
        let complaint = Complaint { text: sentence(&why.to_string()), field: Some(field), is_error: true };
        Self::Form(complaint, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// The same refusal, tied to the field that it is about.
    pub(super) fn about(self, field: &'static str) -> Self {
        match self {
            Self::Form(complaint, status) => Self::Form(Complaint { field: Some(field), ..complaint }, status),
            other => other,
        }
    }
}

impl From<manage::Error> for Refused {
    fn from(error: manage::Error) -> Self {
        let code = StatusCode::from_u16(status::of(&error)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        match &error {
            manage::Error::NotAuthenticated => Self::LoggedOut,
            manage::Error::MissingPermission(permission) => Self::Page(PageRefusal::missing_permission(permission)),
            manage::Error::NotFound { .. } => Self::Page(PageRefusal::not_found()),
            _ if code.is_server_error() => Self::Page(error.into()),
            _ => Self::Form(Complaint { text: sentence(&error.to_string()), field: None, is_error: true }, code),
        }
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        manage::Error::from(error).into()
    }
}

impl From<FormError> for Refused {
    fn from(error: FormError) -> Self {
        Self::Page(error.into())
    }
}

impl From<PageRefusal> for Refused {
    fn from(refusal: PageRefusal) -> Self {
        Self::Page(refusal)
    }
}

/// The text with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_refusal_is_told_in_a_sentence() {
        assert_eq!(
            sentence("there are two pairs already; delete one first"),
            "There are two pairs already; delete one first."
        );
        assert_eq!(sentence("API keys are off."), "API keys are off.");
        assert_eq!(sentence(""), "");
    }
}
