//! The one page of the example site, with the button of docs/BUTTON.md, and the other answers that a browser gets.

use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use url::Url;

use crate::http::Problem;

/// What there is to see at `/`.
#[derive(Default, Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Example site</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: 1rem; border: 1px solid }
.log-in-with { display: inline-flex; gap: 12px; align-items: center; min-height: 44px; padding: 0 16px;
  font-weight: 600; color: #1b2126; background: #fff; border: 1px solid #7d8892; border-radius: 6px; text-decoration: none }
.log-in-with svg { color: #0b6b63 }
.log-in-with:hover { text-decoration: underline }
.log-in-with:focus-visible { outline: 3px solid #0b6b63; outline-offset: 2px }
@media (prefers-color-scheme: dark) {
  .log-in-with { color: #e4e9ec; background: #1a2024; border-color: #73818b }
  .log-in-with svg { color: #67c9bd }
  .log-in-with:focus-visible { outline-color: #67c9bd }
}
</style>
<main>
<h1>Example site</h1>
{%- if let Some(notice) = notice %}
<p id="notice" role="status">{{ notice }}</p>
{%- endif %}
{%- if let Some(user) = user %}
<p>Logged in as <strong id="user">{{ user.name }}</strong> <small>(<code id="subject">{{ user.subject }}</code>)</small></p>
<p>The example API answers <b id="status">{{ user.status }}</b>:</p>
<pre id="answer">{{ user.answer }}</pre>
<p><a id="again" href="/">Call it again</a></p>
<form method="post" action="/logout"><button>Log out</button></form>
{%- else %}
<p><a class="log-in-with" href="/login">
  <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path fill="currentColor" d="M4 3h16l-3.2 18H7.2z"/></svg>
  Log in with Keystead
</a></p>
{%- endif %}
</main>
"#
)]
pub(crate) struct Page {
    /// Whoever is logged in.
    pub(crate) user: Option<User>,
    /// What there is to say before everything else.
    pub(crate) notice: Option<String>,
}

/// A user, and what the example API says about the user's access token.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) status: u16,
    pub(crate) answer: String,
}

impl Page {
    /// A page with a sentence and the button.
    pub(crate) fn notice(text: impl Into<String>) -> Self {
        Self { user: None, notice: Some(text.into()) }
    }

    /// The answer that shows it.
    pub(crate) fn show(&self) -> HttpResponse {
        self.send(HttpResponse::Ok())
    }

    fn send(&self, mut answer: HttpResponseBuilder) -> HttpResponse {
        match self.render() {
            Ok(html) => answer
                .content_type("text/html; charset=utf-8")
                .insert_header(("Cache-Control", "no-store"))
                .insert_header((
                    "Content-Security-Policy",
                    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'",
                ))
                .body(html),
            Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
        }
    }
}

/// Something went wrong that the visitor cannot help.
pub(crate) fn trouble(problem: &Problem) -> HttpResponse {
    Page::notice(format!("That did not work: {problem}.")).send(HttpResponse::BadGateway())
}

/// Sends the browser elsewhere.
pub(crate) fn redirect(url: &Url) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header(("Location", url.as_str())).insert_header(("Cache-Control", "no-store"));
    answer
}
