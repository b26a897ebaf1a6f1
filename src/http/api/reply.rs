//! Answers of the API before they are HTTP.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG, LOCATION},
    },
};
use serde::Serialize;
use serde_json::Value;

use super::problem::Problem;
use crate::http::etag::{self, Tags};

/// A success.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    body: Option<Body>,
    etag: Option<String>,
    /// Path below `/api/v1`.
    location: Option<String>,
}

#[derive(Debug)]
enum Body {
    Json(String),
    /// JSON Lines, and the position to go on behind.
    Lines(String, i64),
}

/// The header of an export that names the position to go on behind.
pub(in crate::http) const LAST_POSITION: &str = "X-Keystead-Last-Position";

/// The media type of an export.
pub(in crate::http) const LINES: &str = "application/x-ndjson";

/// A thing as it is shown, and the tag of this state of it.
pub(super) struct Representation {
    json: String,
    pub(super) etag: String,
}

/// Members that change by themselves: a tag over them would be stale at once.
/// So does what the answer of a change tells besides.
const VOLATILE: &[&str] =
    &["beyond_policy", "last_use", "ordinary_keys", "last_logged_in_at", "invitation", "owner_cannot_log_in"];

impl Representation {
    pub(super) fn of(shown: &impl Serialize) -> Result<Self, Problem> {
        let mut stable = serde_json::to_value(shown)?;
        drop_volatile(&mut stable);
        let json = serde_json::to_string(shown)?;
        Ok(Self { json, etag: etag::of(stable.to_string().as_bytes()) })
    }

    /// 200, or 304 for whoever has this state already.
    pub(super) fn reply_to(self, known: Option<&Tags>) -> Reply {
        let etag = Some(self.etag);
        if known.zip(etag.as_deref()).is_some_and(|(tags, etag)| tags.name(etag)) {
            return Reply { status: 304, body: None, etag, location: None };
        }
        Reply { status: 200, body: Some(Body::Json(self.json)), etag, location: None }
    }
}

fn drop_volatile(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            members.values_mut().for_each(drop_volatile);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_volatile),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Reply {
    /// This, as JSON.
    pub(super) fn json(status: u16, body: &impl Serialize) -> Result<Self, Problem> {
        let json = serde_json::to_string(body)?;
        Ok(Self { status, body: Some(Body::Json(json)), etag: None, location: None })
    }

    /// These lines, and the position to go on behind.
    pub(super) const fn lines(lines: String, last: i64) -> Self {
        Self { status: 200, body: Some(Body::Lines(lines, last)), etag: None, location: None }
    }

    /// The same, with the path of what it tells of.
    pub(super) fn at(self, location: Option<String>) -> Self {
        Self { location, ..self }
    }

    /// No body.
    pub(super) const fn empty(status: u16) -> Self {
        Self { status, body: None, etag: None, location: None }
    }

    /// The response. `api` is the absolute URL of `/api/v1`.
    pub(super) fn response(self, api: &str) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK));
        if let Some(etag) = self.etag {
            response.insert_header((ETAG, etag));
        }
        if let Some(path) = self.location {
            response.insert_header((LOCATION, format!("{api}{path}")));
        }
        match self.body {
            Some(Body::Json(json)) => response.insert_header((CONTENT_TYPE, "application/json")).body(json),
            Some(Body::Lines(lines, last)) => {
                response.insert_header((CONTENT_TYPE, LINES)).insert_header((LAST_POSITION, last)).body(lines)
            }
            None => response.finish(),
        }
    }
}
