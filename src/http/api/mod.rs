//! The REST API under `/api/v1`. Every request takes the same way: its token is found active in the live view, then
//! query and body are read, then one transaction evaluates the caller from rows and calls one use case, then the
//! outcome is rendered.

pub mod ask;
mod body;
mod cursor;
mod docs;
mod hashing;
mod idempotency;
pub mod kind;
mod problem;
mod query;
pub(super) mod reply;
mod schema;
pub(in crate::http) mod status;
mod v1;

pub mod handler;
pub mod openapi;
pub mod operation;
pub mod refusals;
pub mod request;
pub mod visitor;

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, guard, http::Method, web};

use self::{
    handler::{Preparation, PrepareCall},
    operation::{Operation, Verb},
    problem::Problem,
    query::Query,
    reply::Reply,
    request::Request,
    visitor::{ANSWERED_AFTER, PrepareVisit, Visitor, Visits},
};
use super::{RequestId, credentials::bearer_token, etag, oauth::Endpoints};
use crate::{
    config::issuer::{API_PATH, api_audience},
    domain::{happening::Happening, party::Party, workspace::WorkspaceNumber},
    manage::{Deps, authority::TokenCaller, invitations::InvitationRules},
    oauth::api_caller::ApiCaller,
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
    invitations: InvitationRules,
    /// Absolute URL of `/api/v1`.
    url: String,
    document: String,
    page: docs::Page,
    visits: Visits,
}

impl Api {
    /// The API of the site that these endpoints serve.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>, invitations: InvitationRules, leak_reports_per_minute: u32) -> Self {
        let deps = Deps { master: Arc::clone(endpoints.oauth.live().master()) };
        let url = api_audience(endpoints.oauth.options().issuer.as_str());
        let (document, page) = (openapi::document().to_string(), docs::Page::new());
        let visits = Visits::new(leak_reports_per_minute);
        Self { endpoints, deps, invitations, url, document, page, visits }
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
        match &operation.handler.preparation {
            Preparation::OfVisitor(prepare) => {
                let earliest = tokio::time::Instant::now() + ANSWERED_AFTER;
                let reply = self.answer_visitor(operation, prepare, req, payload).await?;
                tokio::time::sleep_until(earliest).await;
                Ok(reply)
            }
            Preparation::OfCaller(prepare) => {
                let (party, outcome) = match self.caller(req).await {
                    Ok(caller) => {
                        (Some(caller.party), self.answer_caller(operation, prepare, req, payload, caller).await)
                    }
                    Err((party, problem)) => (party, Err(problem)),
                };
                if let Err(problem) = &outcome {
                    self.note_denial(operation, req, party, problem);
                }
                outcome
            }
        }
    }

    async fn answer_visitor(
        &self,
        operation: &Operation,
        prepare: &Arc<PrepareVisit>,
        req: &HttpRequest,
        payload: web::Payload,
    ) -> Result<Reply, Problem> {
        Query::read(operation, req.query_string())?;
        let (live, address) = (self.endpoints.oauth.live(), self.endpoints.proxies.client_address(req));
        let body = body::read(req, payload, &self.endpoints.body).await?;
        self.visits.admit(address, live.now().await?.now)?;
        let job = prepare(Visitor { body, address, deps: self.deps.clone() })?;
        // Reports come in crowds, and a 503 would tell that there was something to write.
        live.executor().run_patiently(job).await
    }

    /// Who asks. Whoever may not is told so, and may still be known to the audit log.
    async fn caller(&self, req: &HttpRequest) -> Result<ApiCaller, (Option<Party>, Problem)> {
        let token = match bearer_token(req.headers(), req.query_string()) {
            Ok(token) => token.ok_or_else(|| (None, Problem::no_token()))?,
            Err(error) => return Err((None, error.into())),
        };
        match self.endpoints.oauth.api_caller(token).await {
            Ok(caller) => caller.map_err(|party| (party, Problem::invalid_token())),
            Err(trouble) => Err((None, trouble.into())),
        }
    }

    async fn answer_caller(
        &self,
        operation: &Operation,
        prepare: &PrepareCall,
        req: &HttpRequest,
        payload: web::Payload,
        caller: ApiCaller,
    ) -> Result<Reply, Problem> {
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
            invitations: self.invitations,
            caller: TokenCaller {
                token: caller.token,
                address: self.endpoints.proxies.client_address(req),
                head: caller.moment.seq,
                now: caller.moment.now,
            },
        };
        let oauth = &self.endpoints.oauth;
        prepare.answer(request, oauth.live().executor(), oauth.hasher()).await
    }

    /// Tells the audit log of a caller who was not let in, or not so far.
    fn note_denial(&self, operation: &Operation, req: &HttpRequest, party: Option<Party>, problem: &Problem) {
        let Some(reason) = problem.denial() else { return };
        let what = Happening::RequestRefuse { operation: operation.id, reason };
        let workspace = req.match_info().get("workspace").and_then(WorkspaceNumber::parse);
        self.endpoints.oauth.note_denial(party, self.endpoints.proxies.client_address(req), what, workspace);
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
