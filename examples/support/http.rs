//! The few HTTP requests that the examples send: to Keystead, and from one example to the other.

use std::{error::Error, time::Duration};

use actix_web::http::header::AUTHORIZATION;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use ureq::{Agent, http::Request};
use url::form_urlencoded::{self, byte_serialize};

/// Whatever went wrong, as a sentence.
pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// A status and a JSON body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// A member of the body that is a text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.body.get(member).and_then(Value::as_str)
    }
}

/// Sends the requests and keeps the connections. These examples are for one machine, so it speaks no TLS: add a feature of
/// `ureq` such as `rustls` for an issuer elsewhere.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into()
}

/// A `GET`, with an access token if there is one.
pub(crate) fn get(agent: &Agent, url: &str, token: Option<&str>) -> Result<Answer, Problem> {
    let mut request = Request::get(url);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION.as_str(), format!("Bearer {token}"));
    }
    send(agent, url, request.body(String::new())?)
}

/// A form, sent as the client `id` with its `secret` (RFC 6749, section 2.3.1).
pub(crate) fn post_form(
    agent: &Agent,
    url: &str,
    (id, secret): (&str, &str),
    fields: &[(&str, &str)],
) -> Result<Answer, Problem> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(url)
        .header(AUTHORIZATION.as_str(), format!("Basic {credentials}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)?;
    send(agent, url, request)
}

/// What the server of this issuer says of itself.
pub(crate) fn discover(agent: &Agent, issuer: &str) -> Result<Value, Problem> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let found = get(agent, &url, None)?;
    if found.status != 200 {
        return Err(format!("{url} answered {}; is {issuer} the URL of Keystead?", found.status).into());
    }
    if found.text("issuer") != Some(issuer) {
        return Err(format!("{url} is of the issuer {}, not of {issuer}", found.text("issuer").unwrap_or("?")).into());
    }
    Ok(found.body)
}

fn send(agent: &Agent, url: &str, request: Request<String>) -> Result<Answer, Problem> {
    let unreached = |error: ureq::Error| match error {
        ureq::Error::TlsRequired => format!("{url}: this example speaks plain HTTP only, to a server on this machine"),
        error => format!("{url} did not answer: {error}"),
    };
    let mut answer = agent.run(request).map_err(unreached)?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().map_err(unreached)?;
    let body = serde_json::from_str(&text).map_err(|error| format!("{url} answered {status} without JSON: {error}"))?;
    Ok(Answer { status, body })
}
