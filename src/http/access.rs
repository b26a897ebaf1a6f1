//! What is noted of each request: figures by endpoint and, if the operator wants it, a line in the access log. Neither has a
//! path or a query, which could hold anything, tokens too (I13).

use std::{cell::RefCell, collections::HashMap, sync::Arc, time::Duration};

use actix_web::dev::ServiceRequest;
use ipnet::IpNet;

use super::request_id::RequestId;
use crate::{
    config::logging::ACCESS_LOG,
    metrics::requests::{Endpoint, Requests},
};

/// The endpoint of what fits no route.
const NONE: &str = "none";

/// The endpoints that one worker has met. There are no more than routes.
pub(super) struct Endpoints {
    requests: Requests,
    by_template: RefCell<HashMap<String, Arc<Endpoint>>>,
    /// Those whose template is a path: finding them costs no matching of routes.
    by_path: RefCell<HashMap<String, Arc<Endpoint>>>,
}

impl Endpoints {
    pub(super) fn new(requests: Requests) -> Self {
        Self { requests, by_template: RefCell::default(), by_path: RefCell::default() }
    }

    /// The endpoint that a request is for.
    pub(super) fn of(&self, req: &ServiceRequest) -> Arc<Endpoint> {
        let path = req.path();
        if let Some(known) = self.by_path.borrow().get(path) {
            return Arc::clone(known);
        }
        let Some(template) = req.match_pattern() else { return self.none() };
        let endpoint = self.with_template(&template);
        if template == path {
            self.by_path.borrow_mut().insert(template, Arc::clone(&endpoint));
        }
        endpoint
    }

    /// That of requests for nothing that is here.
    pub(super) fn none(&self) -> Arc<Endpoint> {
        self.with_template(NONE)
    }

    fn with_template(&self, template: &str) -> Arc<Endpoint> {
        if let Some(known) = self.by_template.borrow().get(template) {
            return Arc::clone(known);
        }
        let endpoint = self.requests.endpoint(template);
        self.by_template.borrow_mut().insert(template.to_owned(), Arc::clone(&endpoint));
        endpoint
    }
}

/// A line of the access log.
pub(super) struct Line<'a> {
    pub(super) id: &'a RequestId,
    pub(super) method: &'a str,
    pub(super) endpoint: &'a Endpoint,
    pub(super) status: u16,
    pub(super) took: Duration,
    pub(super) network: Option<IpNet>,
}

impl Line<'_> {
    pub(super) fn write(&self) {
        tracing::info!(
            target: ACCESS_LOG,
            request_id = self.id.as_str(),
            method = self.method,
            endpoint = self.endpoint.template(),
            status = self.status,
            duration_us = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
            network = self.network.map(tracing::field::display),
        );
    }
}
