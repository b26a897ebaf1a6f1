//! The listeners of the process: plain, TLS and management, from bound to drained.

use std::{
    future::{Future, pending},
    io,
    net::SocketAddr,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpServer, dev::Server, web};
use thiserror::Error;

use super::{
    body::BodyLimits,
    error::oauth::not_found,
    guard::Guard,
    management::{Management, ReadinessCheck},
    shutdown::Stop,
    tls::{Certificate, CertificateFiles, TlsError},
};
use crate::metrics::Metrics;

/// Where and how to listen. At least one of `plain` and `tls` is needed; port 0 takes any free one.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Address for plain HTTP.
    pub plain: Option<SocketAddr>,
    /// Address and certificate for TLS.
    pub tls: Option<TlsOptions>,
    /// Address for `/livez`, `/readyz` and `/metrics`; should be a loopback one (H10).
    pub management: Option<SocketAddr>,
    /// Threads that serve requests.
    pub workers: NonZeroUsize,
    /// Connections per worker; more wait in the backlog.
    pub max_connections: usize,
    /// Until the head of the first request of a connection is complete (H4).
    pub head_time: Duration,
    /// How long an idle connection stays open (H4).
    pub keep_alive: Duration,
    /// Largest body that any extractor reads, in bytes.
    pub body: BodyLimits,
    /// How long the server still takes requests after [`Stop::Drain`] while `/readyz` says 503.
    pub drain_delay: Duration,
    /// How long requests under way may then take to finish, in whole seconds.
    pub drain_time: Duration,
}

/// A TLS listener.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Address.
    pub listen: SocketAddr,
    /// Its certificate.
    pub files: CertificateFiles,
}

impl ServerOptions {
    /// No listener yet, and the limits of the specification.
    #[must_use]
    pub fn new(workers: NonZeroUsize) -> Self {
        Self {
            plain: None,
            tls: None,
            management: None,
            workers,
            max_connections: 10_000,
            head_time: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            body: BodyLimits::default(),
            drain_delay: Duration::from_secs(5),
            drain_time: Duration::from_secs(30),
        }
    }
}

/// Why the server cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// No address for requests was given.
    #[error("there is no address to listen on; set one for plain HTTP or for TLS")]
    NoListener,
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {cause}; stop what uses it or choose another address")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Listeners that are bound and not yet served: connections wait in the backlog.
pub struct BoundServer {
    /// Where plain HTTP is.
    pub plain: Option<SocketAddr>,
    /// Where TLS is.
    pub tls: Option<SocketAddr>,
    /// Where management is.
    pub management: Option<SocketAddr>,
    start: Box<dyn FnOnce(StopSignal) -> Server>,
    start_management: Option<Box<dyn FnOnce() -> Server>>,
    certificate: Option<Certificate>,
    draining: Arc<AtomicBool>,
    drain_delay: Duration,
}

type StopSignal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Binds all listeners; `configure` adds the routes and is called once per worker and listener.
///
/// # Errors
/// [`BindError`] names the address or the file.
pub fn bind<F>(
    options: &ServerOptions,
    guard: &Guard,
    ready: ReadinessCheck,
    metrics: Arc<Metrics>,
    configure: F,
) -> Result<BoundServer, BindError>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    if options.plain.is_none() && options.tls.is_none() {
        return Err(BindError::NoListener);
    }
    let certificate = options.tls.as_ref().map(|tls| Certificate::load(tls.files.clone())).transpose()?;
    let draining = Arc::new(AtomicBool::new(false));

    let (outer, most) = (guard.clone(), options.body.size);
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(web::PayloadConfig::new(most))
            .app_data(web::FormConfig::default().limit(most))
            .app_data(web::JsonConfig::default().limit(most))
            .configure(configure.clone())
            .default_service(web::to(async || not_found()))
            .wrap(outer.clone())
    })
    .workers(options.workers.get())
    .max_connections(options.max_connections)
    .client_request_timeout(options.head_time)
    .client_disconnect_timeout(Duration::from_secs(1))
    .tls_handshake_timeout(options.head_time)
    .keep_alive(options.keep_alive)
    .tcp_nodelay(true)
    .shutdown_timeout(options.drain_time.as_secs())
    .disable_signals();

    let mut bound = Vec::new();
    if let Some(address) = options.plain {
        server = server.bind(address).map_err(|cause| BindError::Address { address, cause })?;
        bound = server.addrs();
    }
    let plain = bound.last().copied();
    if let (Some(tls), Some(certificate)) = (&options.tls, &certificate) {
        let address = tls.listen;
        server = server
            .bind_rustls_0_23(address, certificate.server_config()?)
            .map_err(|cause| BindError::Address { address, cause })?;
    }
    let tls = options.tls.as_ref().and_then(|_| server.addrs().last().copied());

    let mut management = None;
    let mut start_management: Option<Box<dyn FnOnce() -> Server>> = None;
    if let Some(address) = options.management {
        let outer = guard.for_any_host();
        let routes = Management { check: ready, draining: Arc::clone(&draining), metrics };
        let server = HttpServer::new(move || App::new().configure(|app| routes.configure(app)).wrap(outer.clone()))
            .workers(1)
            .client_request_timeout(options.head_time)
            .keep_alive(options.keep_alive)
            .disable_signals()
            .bind(address)
            .map_err(|cause| BindError::Address { address, cause })?;
        management = server.addrs().last().copied();
        start_management = Some(Box::new(|| server.run()));
    }

    Ok(BoundServer {
        plain,
        tls,
        management,
        start: Box::new(|stop| server.shutdown_signal(stop).run()),
        start_management,
        certificate,
        draining,
        drain_delay: options.drain_delay,
    })
}

impl BoundServer {
    /// Serves until `shutdown` says how to stop, then finishes what is under way. Management answers until the end.
    ///
    /// # Errors
    /// What the operating system said if a listener broke.
    pub async fn run_until(self, shutdown: impl Future<Output = Stop> + Send + 'static) -> io::Result<()> {
        let Self { start, start_management, certificate, draining, drain_delay, .. } = self;
        let server = start(Box::pin(async move {
            let stop = shutdown.await;
            draining.store(true, Ordering::Relaxed);
            if stop == Stop::Drain {
                tokio::time::sleep(drain_delay).await;
            }
        }));
        let management = start_management.map(|start| start());
        let handle = management.as_ref().map(Server::handle);
        let beside = async move {
            let watch_certificate = async {
                match certificate {
                    Some(certificate) => certificate.follow().await,
                    None => pending().await,
                }
            };
            let serve_management = async {
                match management {
                    Some(management) => management.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = watch_certificate => Ok(()),
                outcome = serve_management => outcome,
            }
        };
        let mut beside = std::pin::pin!(beside);
        let outcome = tokio::select! {
            outcome = server => outcome,
            outcome = &mut beside => return outcome,
        };
        if let Some(handle) = handle {
            let (stopped, ()) = tokio::join!(beside, handle.stop(false));
            stopped?;
        }
        outcome
    }
}
