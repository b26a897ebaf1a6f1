//! A small synchronous HTTP client: what the server answered, whatever the status, and nothing followed or hidden.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http;
use url::form_urlencoded::{self, byte_serialize};

use super::canary::assert_none;

/// Ends a request that hangs. Far above what any answer needs: no test waits for it to pass.
const DEADLINE: Duration = Duration::from_mins(1);

/// Talks to one base URL without TLS. Redirects are answers, cookies are the test's business, proxies are ignored.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    agent: ureq::Agent,
}

impl Client {
    /// `base` is scheme, host and port, such as `http://127.0.0.1:8080`.
    pub fn new(base: impl Into<String>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .allow_non_standard_methods(true)
            .timeout_global(Some(DEADLINE))
            .build()
            .into();
        Self { base: base.into(), agent }
    }

    /// `path` starts with `/` and may have a query.
    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// A `POST` without a body yet.
    pub fn post(&self, path: &str) -> Request {
        self.request("POST", path)
    }

    /// A `POST` of form fields, authenticated by HTTP Basic.
    pub fn post_form(&self, path: &str, basic: (&str, &str), fields: &[(&str, &str)]) -> Response {
        self.post(path).basic(basic.0, basic.1).form(fields).send()
    }

    /// Any method.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let head = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        Request { agent: self.agent.clone(), head, body: Vec::new() }
    }
}

/// A server that can be asked, whichever it is.
pub trait Reachable {
    /// What asks it.
    fn client(&self) -> &Client;
}

impl Reachable for Client {
    fn client(&self) -> &Client {
        self
    }
}

/// A request being put together.
#[derive(Debug)]
pub struct Request {
    agent: ureq::Agent,
    head: http::request::Builder,
    body: Vec<u8>,
}

impl Request {
    /// Adds a header; the same name twice sends two.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head = self.head.header(name, value);
        self
    }

    /// `client_secret_basic` as RFC 6749 section 2.3.1 wants it: both halves form-encoded first.
    #[must_use]
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let credentials = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
        self.header("Authorization", &format!("Basic {credentials}"))
    }

    /// RFC 6750 section 2.1.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// A form body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Any body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Sends it. Panics when there is no HTTP answer.
    pub fn send(self) -> Response {
        self.try_send().unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// Sends it; the error says why there is no HTTP answer, such as a refused connection.
    pub fn try_send(self) -> Result<Response, ureq::Error> {
        let has_body = !self.body.is_empty() || self.head.method_ref() == Some(&http::Method::POST);
        let answer =
            if has_body { self.agent.run(self.head.body(self.body)?)? } else { self.agent.run(self.head.body(())?)? };
        let (head, mut body) = answer.into_parts();
        let (status, body) = (head.status.as_u16(), body.read_to_string()?);
        // A page may lead on by a link that opens something.
        let is_page = head.headers.get("Content-Type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if status >= 400 && !is_page {
            assert_none("a refusal", body.as_bytes());
        }
        Ok(Response { status, headers: head.headers, body })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: http::HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Response {
    /// The header's value; `None` when it is absent. Panics when it was sent twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("a header of visible ASCII"));
        assert!(values.next().is_none(), "header {name} was sent twice: {self:?}");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// The `error` member of an OAuth error body.
    pub fn error(&self) -> String {
        self.text("error")
    }

    /// A member of the JSON body that is a string.
    pub fn text(&self, member: &str) -> String {
        match self.json().get(member).and_then(serde_json::Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("no string `{member}`: {self:?}"),
        }
    }
}

/// Sends bytes as they are and returns all that comes back until the server closes; send `Connection: close` where the
/// server would keep the connection. A reset counts as a close.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("no connection to {address}: {error}"));
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline above zero");
    // A server that refuses early closes while we still write: what it said is what counts.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&part[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => break,
            Err(error) => {
                panic!("{address} neither answers nor closes ({error}): {}", String::from_utf8_lossy(&answer))
            }
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
