//! Trouble of our own on its way into the log: whoever renders an error does not know the request, so the guard, which does,
//! writes the line.

use actix_web::HttpResponse;

/// Why a response tells of trouble, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What could not be done.
    pub(super) what: &'static str,
    /// Why.
    pub(super) error: String,
}

impl Trouble {
    /// Goes with the response.
    pub(super) fn attach(self, response: &mut HttpResponse) {
        response.extensions_mut().insert(self);
    }

    /// Writes the line, once.
    pub(super) fn log(response: &HttpResponse, request_id: &str) {
        if let Some(Self { what, error }) = response.extensions().get::<Self>() {
            tracing::error!(request_id, error, "{what}");
        }
    }
}
