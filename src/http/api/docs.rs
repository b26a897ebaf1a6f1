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

use super::{
    operation::Operation,
    operations,
    refusals::{self, OF_ROUTES},
};

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
code,pre{font:14px/1.4 ui-monospace,monospace;background:#f3f4f6;border-radius:3px}code{padding:.1rem .25rem}\
pre{padding:.75rem;overflow-x:auto}h3 code{font-size:1rem}table{border-collapse:collapse}\
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #d0d7de}a{color:#0550ae}";

/// `templates/api_docs.html`
#[derive(Template)]
#[template(path = "api_docs.html")]
struct Text<'a> {
    style: &'a str,
    chapters: BTreeMap<&'a str, Vec<Entry<'a>>>,
    codes: BTreeMap<&'a str, u16>,
}

struct Entry<'a> {
    operation: &'a Operation,
    refusals: Vec<(u16, &'static str)>,
}

/// The page, written once.
pub(super) struct Page {
    html: String,
    policy: String,
}

impl Page {
    pub(super) fn new() -> Self {
        let operations = operations();
        let mut chapters: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        let mut codes: BTreeMap<&str, u16> = OF_ROUTES.iter().map(|(status, code)| (*code, *status)).collect();
        for operation in &operations {
            let refusals = refusals::of(operation);
            codes.extend(refusals.iter().map(|(status, code)| (*code, *status)));
            chapters.entry(operation.tag).or_default().push(Entry { operation, refusals });
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

pub(super) fn openapi(document: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(document.to_owned())
}
