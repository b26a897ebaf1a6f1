//! The one middleware around every request: limits of the head, known hosts, request identifiers, security headers and
//! the net under panics. One layer and no lock, because every introspection passes through it.

use std::{
    any::Any,
    future::{Future, Ready, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue,
            REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
        uri::Authority,
    },
};

use ipnet::IpNet;
use prometheus_client::registry::Registry;

use super::{
    access::{Endpoints, Line},
    api::plain_problem,
    error::oauth::json,
    peer::TrustedProxies,
    request_id::{RequestId, RequestIds, X_REQUEST_ID},
    trouble::Trouble,
    unread::ChunkedBody,
};
use crate::{
    domain::network,
    metrics::{
        reading::Count,
        requests::{Endpoint, Requests},
    },
};

/// What the guard lets through.
#[derive(Debug, Clone)]
pub struct GuardOptions {
    /// Hosts that this server answers for, as `host` (with any port) or `host:port`; empty means all (H1).
    pub allowed_hosts: Vec<String>,
    /// Path under which refusals are problem details; what is refused here is refused in the form of the API.
    pub api_path: Option<String>,
    /// Whether browsers should insist on TLS for the issuer (HSTS).
    pub issuer_is_https: bool,
    /// Whose word about addresses counts in the access log; none means that there is no such log.
    pub access_log: Option<TrustedProxies>,
    /// A random number that tells this process from others in request identifiers.
    pub process: u32,
    /// Longest request target in bytes (H5).
    pub max_uri: usize,
    /// Largest sum of header names and values in bytes (H5).
    pub max_headers: usize,
}

impl GuardOptions {
    /// The limits of the specification: 8 KiB of target, 16 KiB of headers, any host.
    #[must_use]
    pub const fn new(process: u32) -> Self {
        Self {
            allowed_hosts: Vec::new(),
            api_path: None,
            issuer_is_https: false,
            access_log: None,
            process,
            max_uri: 8 * 1024,
            max_headers: 16 * 1024,
        }
    }
}

/// The middleware; clones share their counters.
#[derive(Clone)]
pub struct Guard {
    shared: Arc<Shared>,
    any_host: bool,
}

struct Shared {
    options: GuardOptions,
    workers: AtomicU16,
    panics: AtomicU64,
    requests: Requests,
}

impl Guard {
    /// A guard with these limits.
    #[must_use]
    pub fn new(options: GuardOptions) -> Self {
        let any_host = options.allowed_hosts.is_empty();
        let (workers, panics, requests) = (AtomicU16::new(0), AtomicU64::new(0), Requests::default());
        let shared = Shared { options, workers, panics, requests };
        Self { shared: Arc::new(shared), any_host }
    }

    /// The same guard for a listener that is reached by address, such as that for management.
    pub(super) fn for_any_host(&self) -> Self {
        Self { any_host: true, ..self.clone() }
    }

    /// Panics caught since the start; anything but 0 is a defect of ours (H6).
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.shared.panics.load(Ordering::Relaxed)
    }

    /// Registers what the guard counts.
    pub fn register(&self, registry: &mut Registry) {
        self.shared.requests.register(registry);
        let guard = self.clone();
        let help = "Handlers that panicked; anything but 0 is a defect of Keystead";
        registry.register("keystead_panics", help, Count(move || guard.panics()));
    }
}

impl<S> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: Unpin,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = GuardService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let worker = self.shared.workers.fetch_add(1, Ordering::Relaxed);
        let ids = RequestIds::new(self.shared.options.process, worker);
        let endpoints = Endpoints::new(self.shared.requests.clone());
        let worker = Worker { ids, endpoints, shared: Arc::clone(&self.shared), any_host: self.any_host };
        ready(Ok(GuardService { service, worker: Rc::new(worker) }))
    }
}

/// The guard of one worker.
pub struct GuardService<S> {
    service: S,
    worker: Rc<Worker>,
}

/// What the requests of one worker share: they count references to this, so that workers contend for nothing.
struct Worker {
    ids: RequestIds,
    endpoints: Endpoints,
    shared: Arc<Shared>,
    any_host: bool,
}

impl<S> Service<ServiceRequest> for GuardService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: Unpin,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Guarded<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, mut req: ServiceRequest) -> Self::Future {
        let began = Instant::now();
        let id = match self.worker.ids.next() {
            Ok(id) => id,
            Err(error) => return Guarded { work: Work::Done(Some(Err(error.into()))), seen: None },
        };
        let options = &self.worker.shared.options;
        let refusal = options.refuse(&req, self.worker.any_host);
        let endpoints = &self.worker.endpoints;
        let seen = Seen {
            id: id.clone(),
            began,
            method: req.method().clone(),
            endpoint: if refusal.is_some() { endpoints.none() } else { endpoints.of(&req) },
            network: options.access_log.as_ref().and_then(|proxies| network_of(&req, proxies)),
            chunked: ChunkedBody::of(&mut req),
            worker: Rc::clone(&self.worker),
        };
        let work = if let Some(refusal) = refusal {
            Work::Done(Some(Ok(req.into_response(refusal))))
        } else {
            req.extensions_mut().insert(id);
            match catch_unwind(AssertUnwindSafe(|| self.service.call(req))) {
                Ok(future) => Work::Running(future),
                Err(panic) => Work::Done(Some(Err(seen.panicked(panic)))),
            }
        };
        Guarded { work, seen: Some(seen) }
    }
}

/// The answer of the guarded service on its way.
pub struct Guarded<F> {
    work: Work<F>,
    seen: Option<Seen>,
}

enum Work<F> {
    Running(F),
    Done(Option<Result<ServiceResponse<BoxBody>, Error>>),
}

impl<F> Future for Guarded<F>
where
    F: Future<Output = Result<ServiceResponse<BoxBody>, Error>> + Unpin,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = match &mut this.work {
            Work::Done(outcome) => outcome.take(),
            Work::Running(future) => match catch_unwind(AssertUnwindSafe(|| Pin::new(future).poll(context))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(outcome)) => Some(outcome),
                Err(panic) => this.seen.as_ref().map(|seen| Err(seen.panicked(panic))),
            },
        };
        match (outcome, this.seen.take()) {
            (Some(outcome), Some(seen)) => Poll::Ready(seen.finish(outcome)),
            (Some(outcome), None) => Poll::Ready(outcome),
            (None, _) => Poll::Pending,
        }
    }
}

/// What the guard remembers of a request while others work on it.
struct Seen {
    id: RequestId,
    began: Instant,
    method: Method,
    endpoint: Arc<Endpoint>,
    /// Where it came from, if there is an access log.
    network: Option<IpNet>,
    chunked: Option<ChunkedBody>,
    worker: Rc<Worker>,
}

impl Seen {
    fn finish(mut self, outcome: Result<ServiceResponse<BoxBody>, Error>) -> Result<ServiceResponse<BoxBody>, Error> {
        let chunked = self.chunked.take();
        let hold = |body| if let Some(request) = chunked { request.hold_during(body) } else { body };
        match outcome {
            Ok(mut response) => {
                Trouble::log(response.response(), self.id.as_str());
                self.seal(response.status(), response.headers_mut());
                Ok(response.map_body(|_, body| hold(body)))
            }
            Err(error) => {
                let mut response = error.error_response();
                Trouble::log(&response, self.id.as_str());
                self.seal(response.status(), response.headers_mut());
                let response = response.map_body(|_, body| hold(body));
                Err(InternalError::from_response(error, response).into())
            }
        }
    }

    /// Completes the headers of a response and notes that it was given.
    fn seal(&self, status: StatusCode, headers: &mut HeaderMap) {
        headers.insert(X_REQUEST_ID, self.id.to_header());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if self.worker.shared.options.issuer_is_https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        unless_set(headers, CACHE_CONTROL, "no-store");
        unless_set(headers, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        let (status, took) = (status.as_u16(), self.began.elapsed());
        self.endpoint.count(status, took);
        if self.worker.shared.options.access_log.is_some() {
            let (id, method, endpoint) = (&self.id, self.method.as_str(), self.endpoint.as_ref());
            Line { id, method, endpoint, status, took, network: self.network }.write();
        }
    }

    /// The text of the panic may quote a secret, so that it stays with the panic hook.
    fn panicked(&self, _text: Box<dyn Any + Send>) -> Error {
        self.worker.shared.panics.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            request_id = self.id.as_str(),
            method = self.method.as_str(),
            "a handler panicked; please report this as a defect with the lines before this one"
        );
        Panicked.into()
    }
}

/// The part of the network that the client has, as far as the proxies are trusted.
fn network_of(req: &ServiceRequest, proxies: &TrustedProxies) -> Option<IpNet> {
    proxies.client_address(req.request()).and_then(network::of_customer)
}

fn unless_set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[derive(Debug, thiserror::Error)]
#[error("internal error")]
struct Panicked;

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse {
        refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
    }
}

fn refusal(status: StatusCode, code: &str) -> HttpResponse {
    json(status).body(format!(r#"{{"error":"{code}"}}"#))
}

impl GuardOptions {
    /// The answer to a request that no handler should see.
    fn refuse(&self, req: &ServiceRequest, any_host: bool) -> Option<HttpResponse> {
        let uri = req.uri();
        let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
        let authority = uri.authority().map(Authority::as_str);
        if target.saturating_add(authority.map_or(0, str::len)) > self.max_uri {
            return Some(self.refusal(req, StatusCode::URI_TOO_LONG, "uri_too_long"));
        }
        let headers = req.headers();
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum();
        if size > self.max_headers {
            return Some(self.refusal(req, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large"));
        }
        if !any_host {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            let known = host.is_some_and(|host| self.knows(host)) && authority.is_none_or(|host| self.knows(host));
            if !known {
                return Some(self.refusal(req, StatusCode::MISDIRECTED_REQUEST, "unknown_host"));
            }
        }
        let encoded =
            headers.get_all(CONTENT_ENCODING).any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
        encoded.then(|| self.refusal(req, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding"))
    }

    fn refusal(&self, req: &ServiceRequest, status: StatusCode, code: &str) -> HttpResponse {
        let path = self.api_path.as_deref();
        if path.is_some_and(|path| req.path().starts_with(path)) {
            return plain_problem(status, code, "The server refuses requests of this kind before it reads them");
        }
        refusal(status, code)
    }

    fn knows(&self, host: &str) -> bool {
        let without_port = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        self.allowed_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(without_port))
    }
}
