//! `GET` and `POST /oauth/authorize` (RFC 6749 section 4.1.1).

use crate::{http::form::Form, oauth::authorize::request::Parameters};

/// What an authorization request says, wherever it was sent. Parameters that nobody knows are passed over (AZ-09).
pub(super) fn parameters<'f>(form: &'f Form<'_>) -> Parameters<'f> {
    Parameters {
        client_id: form.get("client_id"),
        redirect_uri: form.get("redirect_uri"),
        response_type: form.get("response_type"),
        response_mode: form.get("response_mode"),
        scope: form.get("scope"),
        state: form.get("state"),
        nonce: form.get("nonce"),
        code_challenge: form.get("code_challenge"),
        code_challenge_method: form.get("code_challenge_method"),
        prompt: form.get("prompt"),
        max_age: form.get("max_age"),
        login_hint: form.get("login_hint"),
        resources: form.all("resource").collect(),
        request_uri: form.get("request_uri"),
        request: form.get("request"),
    }
}
