//! The documents of the API that everybody may read: the OpenAPI document, and a page made from the same table. The
//! page needs no script and nothing from elsewhere.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use askama::Template;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    openapi,
    operation::Operation,
    operations,
    refusals::{self, OF_ROUTES},
};

const STYLE: &str = include_str!("../../../templates/api_docs.css");

/// `templates/api_docs.html`
#[derive(Template)]
#[template(path = "api_docs.html")]
struct Text<'a> {
    style: &'a str,
    chapters: Vec<Chapter<'a>>,
    codes: BTreeMap<&'a str, u16>,
}

/// What belongs together.
struct Chapter<'a> {
    title: &'a str,
    anchor: String,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    operation: &'a Operation,
    members: Vec<Member>,
}

/// A member of a body.
struct Member {
    name: String,
    required: bool,
    description: String,
}

/// The page, written once.
pub(super) struct Page {
    html: String,
    policy: String,
}

impl Page {
    pub(super) fn new() -> Self {
        let (operations, document) = (operations(), openapi::document());
        let mut chapters: Vec<Chapter<'_>> = Vec::new();
        let mut codes: BTreeMap<&str, u16> = OF_ROUTES.iter().map(|(status, code)| (*code, *status)).collect();
        for operation in &operations {
            codes.extend(refusals::of(operation).iter().map(|(status, code)| (*code, *status)));
            let entry = Entry { operation, members: members(&document, operation) };
            match chapters.iter_mut().find(|chapter| chapter.title == operation.tag) {
                Some(chapter) => chapter.entries.push(entry),
                None => chapters.push(Chapter::begun_by(entry)),
            }
        }
        let html = Text { style: STYLE, chapters, codes }.render().unwrap_or_default();
        let style = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'");
        Self { html, policy }
    }

    pub(super) fn response(&self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .insert_header((CONTENT_SECURITY_POLICY, self.policy.clone()))
            .body(self.html.clone())
    }
}

impl<'a> Chapter<'a> {
    fn begun_by(entry: Entry<'a>) -> Self {
        let title = entry.operation.tag;
        Self { title, anchor: title.to_lowercase().replace(' ', "-"), entries: vec![entry] }
    }
}

/// The members of the body of an operation, as the document describes them.
fn members(document: &Value, operation: &Operation) -> Vec<Member> {
    let described = || {
        let verb = operation.verb.as_str().to_lowercase();
        let body = document.get("paths")?.get(operation.path)?.get(verb)?.get("requestBody")?;
        let schema = body.pointer("/content/application~1json/schema")?;
        let schema = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => document.pointer(reference.trim_start_matches('#'))?,
            None => schema,
        };
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let member = |(name, of_member): (&String, &Value)| Member {
            required: required.contains(&name.as_str()),
            // The document is Markdown; the page is not.
            description: of_member.get("description").and_then(Value::as_str).unwrap_or_default().replace('`', ""),
            name: name.clone(),
        };
        Some(schema.get("properties")?.as_object()?.iter().map(member).collect())
    };
    described().unwrap_or_default()
}

pub(super) fn document(document: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(document.to_owned())
}
