//! Refusals as the API answers them: problem details (RFC 9457) with a code that never changes.

use std::fmt::Display;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde_json::{Map, Value, json};

use super::status;
use crate::{
    http::{body::BodyError, credentials::BearerError, error::oauth::Challenge},
    manage, oauth, store,
};

/// The media type.
pub(in crate::http) const MEDIA_TYPE: &str = "application/problem+json";

/// The code of an answer to whom nothing was shown.
const NO_TOKEN: &str = "no_token";

/// Why there is no success.
#[derive(Debug)]
pub struct Problem(Box<Details>);

#[derive(Debug)]
struct Details {
    status: u16,
    code: &'static str,
    detail: String,
    /// Our own trouble, for the log alone.
    trouble: Option<String>,
    members: Map<String, Value>,
    challenge: Option<Challenge>,
    needed_scope: Option<&'static str>,
    allow: Option<String>,
    retry_after: Option<u32>,
    close: bool,
}

impl Problem {
    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            status,
            code,
            detail: detail.into(),
            trouble: None,
            members: Map::new(),
            challenge: None,
            needed_scope: None,
            allow: None,
            retry_after: None,
            close: false,
        }))
    }

    /// The same, with one more member for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.members.insert(name.to_owned(), value);
        self
    }

    fn challenged(mut self, challenge: Challenge) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// Our own trouble: 503, with its text in the log and nowhere else.
    pub(super) fn trouble(text: String) -> Self {
        let mut problem = Self::new(503, "temporarily_unavailable", "The server cannot do this now; try again");
        problem.0.trouble = Some(text);
        problem
    }

    /// Nothing was sent to authenticate with (RS-01).
    pub(super) fn no_token() -> Self {
        let detail = "Send an access token for this API as Authorization: Bearer; ask for one with resource=";
        Self::new(401, NO_TOKEN, detail).challenged(Challenge::Bearer)
    }

    /// The token does not count, for whatever reason (RS-02).
    pub(super) fn invalid_token() -> Self {
        Self::new(401, "invalid_token", "The access token is not active, or it is for another API")
            .challenged(Challenge::BearerInvalidToken)
    }

    /// Too many came from one network that need not log in.
    pub(super) fn too_many_requests(retry_after: u32) -> Self {
        let detail = format!("Too many requests came from your network; try again in {retry_after} s");
        let mut problem = Self::new(429, "too_many_requests", detail);
        problem.0.retry_after = Some(retry_after);
        problem
    }

    pub(super) fn unknown_path() -> Self {
        Self::new(404, "unknown_path", "There is nothing under this path; the documentation names all paths")
    }

    pub(super) fn method_not_allowed(allow: String) -> Self {
        let mut problem = Self::new(405, "method_not_allowed", format!("This path takes {allow}"));
        problem.0.allow = Some(allow);
        problem
    }

    pub(super) fn unknown_parameter(detail: &'static str) -> Self {
        Self::new(400, "unknown_parameter", detail)
    }

    pub(super) fn malformed_query(detail: &'static str) -> Self {
        Self::new(400, "invalid_parameter", detail)
    }

    pub(super) fn invalid_parameter(name: &'static str, sentence: &impl Display) -> Self {
        Self::new(400, "invalid_parameter", format!("The parameter {name} does not fit: {sentence}"))
            .with("parameter", json!(name))
    }

    pub(super) fn invalid_limit(sentence: &impl Display) -> Self {
        Self::new(400, "invalid_limit", sentence_of(sentence))
    }

    pub(super) fn invalid_cursor() -> Self {
        Self::new(400, "invalid_cursor", "The cursor is none of this list; begin again without it")
    }

    pub(super) fn invalid_idempotency_key() -> Self {
        Self::new(
            400,
            "invalid_idempotency_key",
            "An Idempotency-Key has 1 to 64 visible ASCII characters, and is sent once",
        )
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(415, "unsupported_media_type", "Send the body as application/json")
    }

    pub(super) fn malformed_json() -> Self {
        Self::new(
            400,
            "malformed_json",
            "The body is not one JSON object in which each name stands once, at most eight levels deep",
        )
    }

    fn of_field(status: u16, code: &'static str, field: String, detail: impl Into<String>) -> Self {
        Self::new(status, code, detail).with("field", Value::String(field))
    }

    pub(super) fn unknown_field(field: String) -> Self {
        Self::of_field(400, "unknown_field", field, "This member is unknown here; leave it out")
    }

    pub(super) fn read_only_field(field: String) -> Self {
        Self::of_field(400, "read_only_field", field, "Keystead sets this member itself; leave it out")
    }

    pub(super) fn missing_field(field: String) -> Self {
        Self::of_field(422, "missing_field", field, "This member is missing")
    }

    /// A member that does not fit, with the sentence that says why. Handlers use it for values that no type checks.
    #[must_use]
    pub fn invalid_field(field: String, sentence: impl Display) -> Self {
        Self::of_field(422, "invalid_field", field, sentence_of(&sentence))
    }

    /// The code, if the caller was not let in or not so far. Who showed nothing was denied nothing.
    pub(super) fn denial(&self) -> Option<&'static str> {
        let is_denial = matches!(self.0.status, 401 | 403) && self.0.code != NO_TOKEN;
        is_denial.then_some(self.0.code)
    }

    /// The response. `api` is the absolute URL of `/api/v1`. Our own trouble is logged here, and nowhere else.
    pub(super) fn response(self, api: &str, request_id: Option<&str>) -> HttpResponse {
        let details = *self.0;
        if let Some(trouble) = &details.trouble {
            tracing::error!(request_id, error = trouble, "a request of the API could not be answered");
        }
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        if let Some(challenge) = details.challenge {
            let value = match details.needed_scope {
                Some(scope) => format!(r#"{}, scope="{scope}""#, challenge.value()),
                None => challenge.value().to_owned(),
            };
            response.insert_header((WWW_AUTHENTICATE, value));
        }
        if let Some(allow) = details.allow {
            response.insert_header((ALLOW, allow));
        }
        if let Some(seconds) = details.retry_after.or_else(|| (details.status == 503).then_some(1)) {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if details.close {
            response.force_close();
        }
        let kind = format!("{api}/docs#{}", details.code);
        let mut body = body(&kind, status, details.code, &details.detail);
        if let Some(id) = request_id {
            body.insert("request_id".to_owned(), json!(id));
        }
        body.extend(details.members);
        response.insert_header((CONTENT_TYPE, MEDIA_TYPE)).body(Value::Object(body).to_string())
    }
}

/// A problem as JSON; the title is the code in words.
fn body(kind: &str, status: StatusCode, code: &str, detail: &str) -> Map<String, Value> {
    let members = [
        ("type", json!(kind)),
        ("title", json!(sentence_of(&code.replace('_', " ")))),
        ("status", json!(status.as_u16())),
        ("code", json!(code)),
        ("detail", json!(detail)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A problem that is found before it is known which operation is meant.
pub(in crate::http) fn plain(status: StatusCode, code: &str, detail: &str) -> HttpResponse {
    let body = Value::Object(body("about:blank", status, code, detail)).to_string();
    HttpResponse::build(status).insert_header((CONTENT_TYPE, MEDIA_TYPE)).body(body)
}

/// Refusals of the lower layers begin with a small letter, since they stand behind a colon elsewhere.
fn sentence_of(sentence: &impl Display) -> String {
    let text = sentence.to_string();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

impl From<manage::Error> for Problem {
    fn from(error: manage::Error) -> Self {
        let status = status::of(&error);
        if status == 503 {
            return Self::trouble(error.to_string());
        }
        let problem = Self::new(status, error.code(), sentence_of(&error));
        match error {
            manage::Error::NotAuthenticated => Self::invalid_token(),
            manage::Error::InsufficientScope(scope) => {
                let mut problem = problem.challenged(Challenge::BearerInsufficientScope);
                problem.0.needed_scope = Some(scope);
                problem
            }
            manage::Error::MissingPermission(name) => {
                problem.challenged(Challenge::BearerInsufficientScope).with("permission", json!(name))
            }
            manage::Error::ExceedsOwnRights { permission, .. } => problem.with("permission", json!(permission)),
            manage::Error::RoleOnKeys { keys, .. } => problem.with("keys", json!(keys)),
            _ => problem,
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        manage::Error::from(error).into()
    }
}

/// What cannot be written as JSON is a defect of ours.
impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::trouble(format!("an answer cannot be written: {error}"))
    }
}

impl From<oauth::Error> for Problem {
    fn from(error: oauth::Error) -> Self {
        Self::trouble(error.to_string())
    }
}

impl From<BearerError> for Problem {
    fn from(error: BearerError) -> Self {
        Self::new(400, "invalid_request", error.description()).challenged(Challenge::BearerInvalidRequest)
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let (status, code) = match error {
            BodyError::ContentType => return Self::unsupported_media_type(),
            BodyError::TooLarge => (413, "body_too_large"),
            BodyError::TooSlow => (408, "body_too_slow"),
            BodyError::Broken => (400, "incomplete_body"),
        };
        let mut problem = Self::new(status, code, error.description());
        problem.0.close = true;
        problem
    }
}
