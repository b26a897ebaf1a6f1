//! The strict reader of JSON bodies: one object, every member known and of the right form, and none that only Keystead
//! sets (K4).

use actix_web::{HttpRequest, http::header::CONTENT_TYPE, web::Payload};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::problem::Problem;
use crate::{
    crypto::strict_json,
    http::body::{BodyLimits, read_body},
};

/// Members that answers have and nobody may set. A body that names one of them where it does not belong is told so.
pub const READ_ONLY: &[&str] = &[
    "admin_class",
    "built_in",
    "client_id",
    "client_secret",
    "created_at",
    "created_by",
    "cut_off",
    "expired",
    "expires_at",
    "hint",
    "home",
    "id",
    "integration_type",
    "internal",
    "last_use",
    "last_used_at",
    "last_used_from",
    "leaked_at",
    "notices",
    "number",
    "owner",
    "pairs",
    "public_id",
    "row_level_acknowledged",
    "secret_hash",
    "service",
    "since",
    "source",
    "space",
    "state",
    "status",
    "status_reason",
    "uses",
];

/// Reads the body of a request. No body at all stands for an object without members.
pub(super) async fn read(
    req: &HttpRequest,
    payload: Payload,
    limits: &BodyLimits,
) -> Result<Map<String, Value>, Problem> {
    let kind = kind_of(req);
    if kind == ContentType::Other {
        return Err(Problem::unsupported_media_type());
    }
    let body = read_body(req, payload, limits).await?;
    match kind {
        ContentType::None if body.is_empty() => Ok(Map::new()),
        ContentType::None | ContentType::Other => Err(Problem::unsupported_media_type()),
        ContentType::Json => strict_json::request_object(&body).ok_or_else(Problem::malformed_json),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ContentType {
    None,
    Json,
    Other,
}

/// `application/json`, with no parameter but `charset=utf-8`; at most one header.
fn kind_of(req: &HttpRequest) -> ContentType {
    let mut values = req.headers().get_all(CONTENT_TYPE);
    let value = match (values.next(), values.next()) {
        (None, _) => return ContentType::None,
        (Some(value), None) => value.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => return ContentType::Other,
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            parameter.eq_ignore_ascii_case("charset=utf-8") || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
        });
    if json { ContentType::Json } else { ContentType::Other }
}

/// The body as the input of a handler.
pub(super) fn typed<B: DeserializeOwned>(body: Map<String, Value>) -> Result<B, Problem> {
    serde_path_to_error::deserialize(Value::Object(body)).map_err(|error| {
        let place = pointer(error.path());
        let sentence = error.inner().to_string();
        // serde has no other way to tell these two apart; their texts are part of its stable interface.
        if let Some(name) = quoted_after(&sentence, "unknown field `") {
            let field = with_member(&place, name);
            return if READ_ONLY.contains(&name) {
                Problem::read_only_field(field)
            } else {
                Problem::unknown_field(field)
            };
        }
        match quoted_after(&sentence, "missing field `") {
            Some(name) => Problem::missing_field(with_member(&place, name)),
            None => Problem::invalid_field(place, sentence),
        }
    })
}

fn quoted_after<'s>(sentence: &'s str, start: &str) -> Option<&'s str> {
    sentence.strip_prefix(start)?.split('`').next()
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// The unknown or missing member may be the last of the path already.
fn with_member(place: &str, name: &str) -> String {
    let member = format!("/{}", escaped(name));
    if place.ends_with(&member) { place.to_owned() } else { format!("{place}{member}") }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Reads a member that may be left out: `#[serde(default, deserialize_with = "given")]` stands at `name: Option<Name>`,
/// which is then never `null`, and at `expires_at: Option<Option<Timestamp>>`, where `null` is `Some(None)` and clears.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The input of an operation that takes no members.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}
