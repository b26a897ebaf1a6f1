//! The listener for operators: `/livez`, `/readyz`, `/metrics` and nothing else, on an address of its own (H10).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::CONTENT_TYPE},
    web,
};

use super::error::oauth::{method_not_allowed, not_found};
use crate::metrics::{self, Metrics};

/// Why this process should get no requests now, in words for an operator.
pub type NotReady = &'static str;

/// Whether this process can decide now; asked at every `/readyz`.
pub type ReadinessCheck = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send>> + Send + Sync>;

/// What the endpoints answer from.
#[derive(Clone)]
pub(super) struct Management {
    pub(super) check: ReadinessCheck,
    pub(super) draining: Arc<AtomicBool>,
    pub(super) metrics: Arc<Metrics>,
}

impl Management {
    pub(super) fn configure(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.clone()))
            .service(
                web::resource("/livez")
                    .route(web::get().to(async || text(StatusCode::OK, "alive")))
                    .default_service(web::to(async || method_not_allowed("GET"))),
            )
            .service(
                web::resource("/readyz")
                    .route(web::get().to(readyz))
                    .default_service(web::to(async || method_not_allowed("GET"))),
            )
            .service(
                web::resource("/metrics")
                    .route(web::get().to(metrics))
                    .default_service(web::to(async || method_not_allowed("GET"))),
            )
            .default_service(web::to(async || not_found()));
    }
}

async fn metrics(management: web::Data<Management>) -> HttpResponse {
    match management.metrics.render() {
        Ok(text) => HttpResponse::Ok().insert_header((CONTENT_TYPE, metrics::CONTENT_TYPE)).body(text),
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "a figure cannot be written"),
    }
}

async fn readyz(management: web::Data<Management>) -> HttpResponse {
    if management.draining.load(Ordering::Relaxed) {
        return text(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match (management.check)().await {
        Ok(()) => text(StatusCode::OK, "ready"),
        Err(reason) => text(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

fn text(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text)
}
