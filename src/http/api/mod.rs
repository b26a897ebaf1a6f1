//! The REST API under `/api/v1`. Every request takes the same way: its token is found active in the live view, then
//! query and body are read, then one transaction evaluates the caller from rows and calls one use case, then the
//! outcome is rendered.

mod body;
mod cursor;
mod docs;
mod hashing;
mod idempotency;
mod problem;
mod query;
mod reply;
mod schema;
mod status;
mod v1;

pub mod handler;
pub mod openapi;
pub mod operation;
pub mod refusals;
pub mod request;

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, guard, http::Method, web};

use self::{
    operation::{Operation, Verb},
    problem::Problem,
    query::Query,
    reply::Reply,
    request::Request,
};
use super::{RequestId, credentials::bearer_token, etag, oauth::Endpoints};
use crate::{
    config::issuer::{API_PATH, api_audience},
    manage::{Deps, authority::TokenCaller},
};

pub use body::READ_ONLY;

pub(in crate::http) use problem::plain as plain_problem;

/// All operations, in the order of the documentation.
#[must_use]
pub fn operations() -> Vec<Operation> {
    v1::operations()
}

/// What the API answers from.
pub struct Api {
    endpoints: Arc<Endpoints>,
    deps: Deps,
    /// Absolute URL of `/api/v1`.
    url: String,
    document: String,
    page: docs::Page,
}

impl Api {
    /// The API of the site that these endpoints serve.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>) -> Self {
        let deps = Deps { master: Arc::clone(endpoints.oauth.live().master()) };
        let url = api_audience(endpoints.oauth.options().issuer.as_str());
        Self { endpoints, deps, url, document: openapi::document().to_string(), page: docs::Page::new() }
    }

    /// Adds the routes under the issuer's path: one for each row of the table, and the documents that tell of them.
    pub fn configure(self: &Arc<Self>, app: &mut web::ServiceConfig) {
        let prefix = format!("{}{API_PATH}", self.endpoints.oauth.options().issuer.path_prefix());
        let mut paths: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
        for operation in operations() {
            paths.entry(operation.path).or_default().push(operation);
        }
        let mut scope = web::scope(&prefix);
        // Names sort before braces, so that a fixed path is found before one with a parameter in its place.
        for (path, operations) in paths {
            scope = scope.service(self.resource(path, operations));
        }
        let scope = scope
            .service(self.public("/openapi.json", |api| docs::document(&api.document)))
            .service(self.public("/docs", |api| api.page.response()))
            .default_service({
                let api = Arc::clone(self);
                web::to(move |req: HttpRequest| {
                    let response = api.render(&req, Err(Problem::unknown_path()));
                    async move { response }
                })
            });
        app.service(scope);
    }

    fn resource(self: &Arc<Self>, path: &str, operations: Vec<Operation>) -> actix_web::Resource {
        let allow = allowed(operations.iter().map(|operation| operation.verb));
        let mut resource = web::resource(path).default_service(self.refusing_methods(allow));
        for operation in operations {
            let (api, operation) = (Arc::clone(self), Arc::new(operation));
            let verb = operation.verb;
            let route = web::route().guard(guard::fn_guard(move |context| answers(verb, &context.head().method)));
            resource = resource.route(route.to(move |req: HttpRequest, payload: web::Payload| {
                let (api, operation) = (Arc::clone(&api), Arc::clone(&operation));
                async move {
                    let outcome = api.answer(&operation, &req, payload).await;
                    api.render(&req, outcome)
                }
            }));
        }
        resource
    }

    /// A document that everybody may read.
    fn public(self: &Arc<Self>, path: &str, show: fn(&Self) -> HttpResponse) -> actix_web::Resource {
        let api = Arc::clone(self);
        let documents = guard::fn_guard(|context| answers(Verb::Get, &context.head().method));
        let shown = web::route().guard(documents).to(move || {
            let response = show(&api);
            async move { response }
        });
        web::resource(path).route(shown).default_service(self.refusing_methods(allowed([Verb::Get])))
    }

    fn refusing_methods(self: &Arc<Self>, allow: String) -> actix_web::Route {
        let api = Arc::clone(self);
        web::to(move |req: HttpRequest| {
            let response = api.render(&req, Err(Problem::method_not_allowed(allow.clone())));
            async move { response }
        })
    }

    async fn answer(&self, operation: &Operation, req: &HttpRequest, payload: web::Payload) -> Result<Reply, Problem> {
        let token = bearer_token(req.headers(), req.query_string())?.ok_or_else(Problem::no_token)?;
        let caller = self.endpoints.oauth.api_caller(token).await?.ok_or_else(Problem::invalid_token)?;
        let query = Query::read(operation, req.query_string())?;
        let takes_body = operation.handler.takes_body();
        let body =
            if takes_body { body::read(req, payload, &self.endpoints.body).await? } else { serde_json::Map::new() };
        let is_idempotent = operation.handler.kind.is_idempotent_by_key();
        let idempotency_key = if is_idempotent { idempotency::key_of(req.headers())? } else { None };
        let text_of = |name| (name, req.match_info().get(name).unwrap_or_default().to_owned());
        let request = Request {
            operation: operation.id,
            path: operation.path_parameters().map(text_of).collect(),
            query,
            canonical_body: canonical(&body)?,
            body,
            if_match: etag::if_match(req.headers()),
            if_none_match: etag::if_none_match(req.headers()),
            idempotency_key,
            ring: caller.ring,
            deps: self.deps.clone(),
            caller: TokenCaller {
                token: caller.token,
                address: self.endpoints.proxies.client_address(req),
                head: caller.moment.seq,
                now: caller.moment.now,
            },
        };
        let oauth = &self.endpoints.oauth;
        operation.handler.answer(request, oauth.live().executor(), oauth.hasher()).await
    }

    fn render(&self, req: &HttpRequest, outcome: Result<Reply, Problem>) -> HttpResponse {
        match outcome {
            Ok(reply) => reply.response(&self.url),
            Err(problem) => {
                let id = req.extensions().get::<RequestId>().cloned();
                problem.response(&self.url, id.as_ref().map(RequestId::as_str))
            }
        }
    }
}

/// The text of a body whatever the order of its members, also in a build where maps keep the order in which they were sent.
fn canonical(body: &serde_json::Map<String, serde_json::Value>) -> Result<String, Problem> {
    let mut sorted = serde_json::Value::Object(body.clone());
    sorted.sort_all_objects();
    Ok(serde_json::to_string(&sorted)?)
}

/// HEAD is GET without a body (RFC 9110 section 9.3.2).
fn answers(verb: Verb, method: &Method) -> bool {
    method.as_str() == verb.as_str() || (verb == Verb::Get && method == Method::HEAD)
}

fn allowed(verbs: impl IntoIterator<Item = Verb>) -> String {
    let mut names = Vec::new();
    for verb in verbs {
        names.push(verb.as_str());
        if verb == Verb::Get {
            names.push("HEAD");
        }
    }
    names.join(", ")
}
