//! `keystead serve`, and what `demo` shares with it.

use std::sync::Arc;

use super::{
    context::{Context, deps, open_store, refuse_missing},
    failure::Failure,
};
use crate::{
    config::{CheckpointFile, Config, DataDir, Purpose, SqliteLock, logging},
    http::application::Application,
    jobs::{
        JobContext, Jobs,
        audit_keeper::{Keeper, KeeperContext},
        counts::JobCounts,
        mail::{MailContext, Mailer},
    },
    live::{Live, LiveOptions},
    manage::{self, Deps, signing_keys::Schedule, site},
    store::{self, Executor, Store, site::SiteRow},
};

pub(super) fn run(context: &Context<'_>) -> Result<(), Failure> {
    let config = Config::load(&context.options(), context.environment)?;
    logging::init(config.log)?;
    refuse_missing(&config)?;
    let (store, _lock) = open(&config)?;
    let row = store.snapshot(|tx| store::site::find_row(tx))?.ok_or(manage::Error::NotInitialized)?;
    check_site(&config, &row)?;
    let deps = deps(&config)?;
    let server = start(&config, store, &deps)?;
    let application = &server.application;
    let (plain, tls) = (application.address(), application.tls_address());
    let management = application.management_address();
    server.run(|| {
        tracing::info!(issuer = %config.issuer, ?plain, ?tls, ?management, "serving");
        Ok(())
    })
}

/// Opens the database for one server and brings its tables up to date.
pub(super) fn open(config: &Config) -> Result<(Store, Option<SqliteLock>), Failure> {
    // What the folder must look like is known when the site has been read; the lock comes first.
    let lock = if config.database.url.is_sqlite() {
        DataDir::prepare(&config.data_dir, Purpose::Development)?.lock(&config.database.url)?
    } else {
        None
    };
    let store = open_store(config, config.database.pool_size)?;
    let migrated = store.migrate()?;
    if !migrated.is_empty() {
        tracing::info!(?migrated, "the tables were brought up to date");
    }
    store.change(site::sync_built_ins)?;
    Ok((store, lock))
}

fn check_site(config: &Config, row: &SiteRow) -> Result<(), Failure> {
    if row.issuer != config.issuer.as_str() {
        let sentence = format!(
            "the settings name the issuer {}, but the database holds the site {}; correct `issuer`, or choose another database",
            config.issuer, row.issuer
        );
        return Err(Failure::new("other_issuer", sentence));
    }
    if !row.development && config.data_dir.exists() {
        DataDir::prepare(&config.data_dir, Purpose::Production)?;
    }
    Ok(())
}

/// A server that is bound and not yet served.
pub(super) struct Server {
    pub(super) application: Application,
    jobs: JobContext,
    mail: Option<MailContext>,
    audit: KeeperContext,
}

pub(super) fn start(config: &Config, store: Store, deps: &Deps) -> Result<Server, Failure> {
    let options = LiveOptions {
        records: config.cache.records,
        max_stale: config.freshness.max_stale,
        head_readers: config.listen.workers.get(),
    };
    let counts = JobCounts::default();
    let audit = KeeperContext {
        store: store.clone(),
        master: Arc::clone(&deps.master),
        retention: config.audit.retention,
        file: config.data_dir.is_dir().then(|| CheckpointFile::of(&config.data_dir)),
        counts: counts.clone(),
    };
    let live = Arc::new(Live::start(Executor::new(store), Arc::clone(&deps.master), options)?);
    let mut application = Application::bind(config, Arc::clone(&live))?;
    application.metrics().register(|registry| counts.register(registry));
    let mail = application.take_letters().zip(config.mail.clone()).map(|(letters, mail)| MailContext {
        live: Arc::clone(&live),
        deps: deps.clone(),
        mail,
        issuer: config.issuer.clone(),
        letters,
        counts: counts.clone(),
    });
    let jobs = JobContext {
        live,
        deps: deps.clone(),
        schedule: Schedule::from_config(config),
        algorithms: config.keys.signing_algorithms.clone(),
        notes: application.notes(),
        issuer: config.issuer.clone(),
        session_idle: config.logins.session_idle,
        counts,
    };
    Ok(Server { application, jobs, mail, audit })
}

impl Server {
    /// Serves and runs the jobs until SIGTERM or SIGINT.
    pub(super) fn run(self, ready: impl FnOnce() -> std::io::Result<()>) -> Result<(), Failure> {
        // Ends last, so that it seals what the others write down at their end.
        let _keeper = Keeper::start(self.audit)?;
        let _jobs = Jobs::start(self.jobs)?;
        let _mailer = self.mail.map(Mailer::start).transpose()?;
        Ok(self.application.run(ready)?)
    }
}
