//! The one page of the example site, and the other answers that a browser gets.

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
.log-in { display: inline-block; padding: .75rem 1.25rem; border-radius: .5rem; background: #1f4fd8; color: #fff; text-decoration: none }
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
<p><a class="log-in" href="/login">Log in with Keystead</a></p>
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
