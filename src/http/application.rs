//! The whole server of one site, from settings to bound listeners.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use thiserror::Error;

use super::{
    api::Api,
    body::BodyLimits,
    guard::{Guard, GuardOptions},
    management::ReadinessCheck,
    oauth::Endpoints,
    pages::{
        Pages,
        console::{Console, ConsoleOptions},
    },
    peer::TrustedProxies,
    server::{self, BindError, BoundServer, ServerOptions, TlsOptions},
    shutdown::{self, Stop},
    tls::CertificateFiles,
};
use crate::{
    config::{Config, issuer::API_PATH},
    crypto::random::{OsRandom, RandomUnavailable},
    live::Live,
    manage::{
        invitations::InvitationRules,
        logins::Logins,
        outbox::{Letters, outbox},
        signing_keys::Schedule,
    },
    metrics::{Metrics, machine_clock},
    oauth::{OAuth, OAuthOptions, notes::Notes},
};

/// A bound server. Connections wait in the backlog until it runs.
pub struct Application {
    server: BoundServer,
    guard: Guard,
    notes: Arc<Notes>,
    logins: Arc<Logins>,
    letters: Option<Letters>,
    metrics: Arc<Metrics>,
}

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A listener cannot be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The operating system gave no random numbers.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// A listener broke.
    #[error("a listener stopped: {0}")]
    Broken(#[from] io::Error),
}

impl Application {
    /// Binds the listeners that the settings name.
    ///
    /// # Errors
    /// [`StartError`] names the address or the file.
    pub fn bind(config: &Config, live: Arc<Live>) -> Result<Self, StartError> {
        let guard = Guard::new(GuardOptions {
            allowed_hosts: allowed_hosts(config),
            api_path: Some(format!("{}{API_PATH}", config.issuer.path_prefix())),
            issuer_is_https: config.issuer.is_https(),
            access_log: config.log.access.then(|| TrustedProxies::new(config.proxy.trusted.clone())),
            ..GuardOptions::new(u32::from_le_bytes(OsRandom::bytes()?))
        });
        let (outbox, letters) = config.mail.as_ref().map(|_| outbox()).unzip();
        let logins = Arc::new(Logins::new(Arc::clone(&live), config.logins.clone(), outbox));
        let endpoints = Arc::new(Endpoints {
            oauth: OAuth::new(Arc::clone(&live), oauth_options(config), logins.hasher().clone())?,
            body: body_limits(config),
            proxies: TrustedProxies::new(config.proxy.trusted.clone()),
            key_headers: config.api_keys.headers.clone(),
            jwks_max_age: config.keys.jwks_max_age.as_secs(),
            algorithms: config.keys.signing_algorithms.clone(),
        });
        let notes = Arc::clone(endpoints.oauth.notes());
        let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), machine_clock()));
        metrics.register(|registry| {
            guard.register(registry);
            endpoints.oauth.register(registry);
            logins.register(registry);
            live.register(registry);
        });
        let pages = Arc::new(Pages::new(Arc::clone(&endpoints), Arc::clone(&logins)));
        let console_options = ConsoleOptions {
            session_idle: config.logins.session_idle,
            invitations: InvitationRules::of(config),
            schedule: Schedule::from_config(config),
        };
        let console = Arc::new(Console::new(Arc::clone(&endpoints), console_options));
        let (rules, reports) = (InvitationRules::of(config), config.limits.leak_reports_per_minute);
        let api = Arc::new(Api::new(Arc::clone(&endpoints), rules, reports));
        let configure = move |app: &mut actix_web::web::ServiceConfig| {
            endpoints.configure(app);
            api.configure(app);
            pages.configure(app);
            console.configure(app);
        };
        let server = server::bind(&server_options(config), &guard, readiness(live), Arc::clone(&metrics), configure)?;
        Ok(Self { server, guard, notes, logins, letters, metrics })
    }

    /// Where requests are taken: plain HTTP if there is any, else TLS.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.plain.or(self.server.tls)
    }

    /// Where TLS is spoken.
    #[must_use]
    pub const fn tls_address(&self) -> Option<SocketAddr> {
        self.server.tls
    }

    /// Where health is answered.
    #[must_use]
    pub const fn management_address(&self) -> Option<SocketAddr> {
        self.server.management
    }

    /// How many requests ended in a panic, readable while the server runs.
    #[must_use]
    pub fn guard(&self) -> Guard {
        self.guard.clone()
    }

    /// The uses and denials that are not written down yet.
    #[must_use]
    pub fn notes(&self) -> Arc<Notes> {
        Arc::clone(&self.notes)
    }

    /// The logins of this process.
    #[must_use]
    pub fn logins(&self) -> Arc<Logins> {
        Arc::clone(&self.logins)
    }

    /// The figures of this process, for whoever counts something besides.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    /// The letters that this process is to send, for whoever sends them; once, and only if there is a mail server.
    pub fn take_letters(&mut self) -> Option<Letters> {
        self.letters.take()
    }

    /// Serves until `shutdown` says how to stop. Blocks the thread.
    ///
    /// # Errors
    /// [`StartError::Broken`].
    pub fn run_until(self, shutdown: impl Future<Output = Stop> + Send + 'static) -> Result<(), StartError> {
        Ok(actix_web::rt::System::new().block_on(self.server.run_until(shutdown))?)
    }

    /// Serves until SIGTERM or SIGINT. Blocks the thread. `ready` is called when a signal would already be obeyed: whoever
    /// it tells may stop the process at once.
    ///
    /// # Errors
    /// [`StartError::Broken`], also if `ready` fails.
    pub fn run(self, ready: impl FnOnce() -> io::Result<()>) -> Result<(), StartError> {
        let server = self.server;
        Ok(actix_web::rt::System::new().block_on(async move {
            let shutdown = shutdown::signals()?;
            ready()?;
            server.run_until(shutdown).await
        })?)
    }
}

/// The issuer's host and those that the operator adds; a loopback issuer answers to all names of loopback.
fn allowed_hosts(config: &Config) -> Vec<String> {
    let mut hosts = vec![config.issuer.host().to_owned()];
    hosts.extend(config.listen.allowed_hosts.iter().cloned());
    if config.issuer.is_loopback() {
        hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
    }
    hosts
}

fn body_limits(config: &Config) -> BodyLimits {
    BodyLimits { size: config.limits.body_bytes, time: config.limits.body_time }
}

fn oauth_options(config: &Config) -> OAuthOptions {
    OAuthOptions {
        issuer: config.issuer.clone(),
        access_token_life: config.tokens.access_token_life,
        access_token_life_max: config.tokens.access_token_life_max,
        signing_algorithm: config.tokens.signing_algorithm,
        wrong_secrets_per_minute: config.limits.wrong_secrets_per_minute,
        refresh_idle: config.tokens.refresh_idle,
        refresh_life: config.tokens.refresh_life,
        verified_tokens: config.cache.verified_tokens,
    }
}

fn server_options(config: &Config) -> ServerOptions {
    let workers = config.listen.workers;
    ServerOptions {
        plain: config.listen.address,
        tls: config.tls.as_ref().map(|tls| TlsOptions {
            listen: tls.address,
            files: CertificateFiles {
                certificate: tls.certificate_file.clone(),
                key: tls.key_file.clone(),
                reload_interval: tls.reload_interval,
            },
        }),
        management: config.management.address,
        max_connections: (config.limits.max_connections / workers.get()).max(1),
        body: body_limits(config),
        ..ServerOptions::new(workers)
    }
}

fn readiness(live: Arc<Live>) -> ReadinessCheck {
    Arc::new(move || {
        let live = Arc::clone(&live);
        Box::pin(async move { live.now().await.map(|_| ()).map_err(|_| "the database does not answer") })
    })
}
