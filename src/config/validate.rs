//! Turns the sections as written into settings that hold together.

use std::{
    num::NonZeroUsize,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::{
    Config,
    api_keys::ApiKeys,
    audit::{Audit, AuditSection},
    database::{Database, DatabaseSection, DatabaseUrl},
    error::{ConfigError, Origin},
    exposure,
    issuer::Issuer,
    keys::{Keys, KeysSection},
    limits::{Cache, Limits},
    listen::{Listen, ListenSection, Management, Tls, TlsSection},
    loader::Layers,
    logging::Log,
    logins::{Logins, LoginsSection},
    mail::MailSection,
    proxy::Proxy,
    tokens::{Freshness, Tokens},
};
use crate::domain::throttle::Rate;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    issuer: Option<Issuer>,
    database: DatabaseSection,
    listen: ListenSection,
    management: Management,
    tls: TlsSection,
    proxy: Proxy,
    tokens: Tokens,
    api_keys: ApiKeys,
    logins: LoginsSection,
    mail: MailSection,
    freshness: Freshness,
    limits: Limits,
    cache: Cache,
    keys: KeysSection,
    audit: AuditSection,
    log: Log,
}

pub(super) fn config(layers: &Layers, data_dir: PathBuf, file: Option<PathBuf>) -> Result<Config, ConfigError> {
    let sections: Sections = layers.read()?;
    let checks = Checks { layers, data_dir: &data_dir };
    let issuer = sections.issuer.ok_or(ConfigError::Missing {
        key: "issuer",
        hint: "it is the URL of this site as everybody else sees it: write `issuer = \"https://id.example.com\"` into the configuration file or set KEYSTEAD_ISSUER",
    })?;
    let listen = Listen {
        address: sections.listen.address,
        workers: checks.workers(sections.listen.workers)?,
        allowed_hosts: sections.listen.allowed_hosts,
    };
    let tls = checks.tls(sections.tls)?;
    exposure::check(&issuer, &listen, &sections.management, tls.as_ref(), &sections.proxy)?;
    checks.limits(&sections.limits, &sections.cache)?;
    checks.time("freshness.max_stale", sections.freshness.max_stale, Duration::ZERO..=MINUTE)?;
    checks.tokens(&sections.tokens, &sections.keys)?;
    Ok(Config {
        issuer,
        database: checks.database(sections.database)?,
        listen,
        management: sections.management,
        tls,
        proxy: sections.proxy,
        keys: checks.keys(sections.keys)?,
        tokens: sections.tokens,
        api_keys: sections.api_keys,
        logins: checks.logins(&sections.logins)?,
        mail: checks.mail(sections.mail)?,
        freshness: sections.freshness,
        limits: sections.limits,
        cache: sections.cache,
        audit: checks.audit(&sections.audit)?,
        log: sections.log,
        config_file: file,
        data_dir,
    })
}

pub(super) struct Checks<'a> {
    layers: &'a Layers,
    pub(super) data_dir: &'a Path,
}

impl Checks<'_> {
    pub(super) fn refuse<T>(&self, key: &str, problem: impl Into<String>) -> Result<T, ConfigError> {
        Err(ConfigError::Invalid { key: key.to_owned(), origin: self.layers.origin(key), problem: problem.into() })
    }

    fn time(&self, key: &str, value: Duration, bounds: RangeInclusive<Duration>) -> Result<(), ConfigError> {
        if bounds.contains(&value) {
            return Ok(());
        }
        let [value, least, most] =
            [value, *bounds.start(), *bounds.end()].map(humantime_serde::re::humantime::format_duration);
        self.refuse(key, format!("{value} is not between {least} and {most}"))
    }

    fn number(&self, key: &str, value: usize, bounds: RangeInclusive<usize>) -> Result<(), ConfigError> {
        if bounds.contains(&value) {
            return Ok(());
        }
        self.refuse(key, format!("{value} is not between {} and {}", bounds.start(), bounds.end()))
    }

    fn whole_seconds(&self, key: &str, value: Duration) -> Result<(), ConfigError> {
        if value.subsec_nanos() == 0 {
            Ok(())
        } else {
            self.refuse(key, "it must be whole seconds, as in tokens and HTTP headers")
        }
    }

    fn audit(&self, section: &AuditSection) -> Result<Audit, ConfigError> {
        if section.retention.is_zero() {
            return Ok(Audit { retention: None });
        }
        self.time("audit.retention", section.retention, 30 * DAY..=36_525 * DAY)?;
        Ok(Audit { retention: Some(section.retention) })
    }

    fn logins(&self, section: &LoginsSection) -> Result<Logins, ConfigError> {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let millisecond = Duration::from_millis(1);
        self.time("logins.session_life", section.session_life, MINUTE..=366 * DAY)?;
        self.time("logins.session_idle", section.session_idle, MINUTE..=(30 * DAY).min(section.session_life))?;
        self.time("logins.invitation_life", section.invitation_life, HOUR..=30 * DAY)?;
        self.number("logins.wrong_passwords", count(section.wrong_passwords), 1..=100_000)?;
        self.time("logins.wrong_password_interval", section.wrong_password_interval, millisecond..=HOUR)?;
        self.number("logins.wrong_passwords_per_network", count(section.wrong_passwords_per_network), 1..=1_000_000)?;
        self.time("logins.network_interval", section.network_interval, millisecond..=HOUR)?;
        let hashing_threads = section.hashing_threads.unwrap_or_else(cores);
        self.number("logins.hashing_threads", hashing_threads.get(), 1..=1024)?;
        self.number("logins.hashing_queue", section.hashing_queue, 0..=100_000)?;
        Ok(Logins {
            session_idle: section.session_idle,
            session_life: section.session_life,
            invitation_life: section.invitation_life,
            per_account: Rate { burst: section.wrong_passwords, interval: section.wrong_password_interval },
            per_network: Rate { burst: section.wrong_passwords_per_network, interval: section.network_interval },
            hashing_threads,
            hashing_queue: section.hashing_queue,
        })
    }

    fn workers(&self, chosen: Option<NonZeroUsize>) -> Result<NonZeroUsize, ConfigError> {
        let workers = chosen.unwrap_or_else(cores);
        self.number("listen.workers", workers.get(), 1..=1024)?;
        Ok(workers)
    }

    fn tls(&self, section: TlsSection) -> Result<Option<Tls>, ConfigError> {
        self.time("tls.reload_interval", section.reload_interval, SECOND..=DAY)?;
        match (section.address, section.certificate_file, section.key_file) {
            (None, None, None) => Ok(None),
            (Some(address), Some(certificate), Some(key)) => Ok(Some(Tls {
                address,
                certificate_file: self.data_dir.join(certificate),
                key_file: self.data_dir.join(key),
                reload_interval: section.reload_interval,
            })),
            (None, _, _) => self.refuse("tls.address", "certificate or key are set, but no address; set `tls.address`"),
            (_, None, _) => self
                .refuse("tls.certificate_file", "`tls.address` is set, but no certificate; set `tls.certificate_file`"),
            (_, _, None) => self.refuse("tls.key_file", "`tls.address` is set, but no key; set `tls.key_file`"),
        }
    }

    fn limits(&self, limits: &Limits, cache: &Cache) -> Result<(), ConfigError> {
        self.number("limits.body_bytes", limits.body_bytes, 4_096..=16_777_216)?;
        self.time("limits.body_time", limits.body_time, SECOND..=MINUTE)?;
        let wrong_secrets = usize::try_from(limits.wrong_secrets_per_minute).unwrap_or(usize::MAX);
        self.number("limits.wrong_secrets_per_minute", wrong_secrets, 1..=100_000)?;
        let leak_reports = usize::try_from(limits.leak_reports_per_minute).unwrap_or(usize::MAX);
        self.number("limits.leak_reports_per_minute", leak_reports, 1..=100_000)?;
        self.number("limits.max_connections", limits.max_connections, 16..=1_000_000)?;
        self.number("cache.records", cache.records, 100..=100_000_000)?;
        self.number("cache.verified_tokens", cache.verified_tokens, 0..=100_000_000)
    }

    fn tokens(&self, tokens: &Tokens, keys: &KeysSection) -> Result<(), ConfigError> {
        self.time("tokens.access_token_life_max", tokens.access_token_life_max, 15 * MINUTE..=HOUR)?;
        self.time("tokens.access_token_life", tokens.access_token_life, SECOND..=tokens.access_token_life_max)?;
        self.whole_seconds("tokens.access_token_life", tokens.access_token_life)?;
        self.whole_seconds("tokens.access_token_life_max", tokens.access_token_life_max)?;
        self.time("tokens.refresh_life", tokens.refresh_life, HOUR..=366 * 24 * HOUR)?;
        self.time("tokens.refresh_idle", tokens.refresh_idle, MINUTE..=tokens.refresh_life)?;
        let algorithm = tokens.signing_algorithm;
        if keys.signing_algorithms.contains(&algorithm) {
            return Ok(());
        }
        self.refuse(
            "tokens.signing_algorithm",
            format!("the site holds no key for {algorithm}; add it to `keys.signing_algorithms`"),
        )
    }

    fn keys(&self, section: KeysSection) -> Result<Keys, ConfigError> {
        let mut algorithms = section.signing_algorithms;
        algorithms.sort_unstable();
        algorithms.dedup();
        self.whole_seconds("keys.jwks_max_age", section.jwks_max_age)?;
        self.time("keys.jwks_max_age", section.jwks_max_age, SECOND..=5 * MINUTE)?;
        self.time("keys.publish_lead", section.publish_lead, 2 * section.jwks_max_age..=7 * DAY)?;
        self.time("keys.rotation_interval", section.rotation_interval, HOUR..=366 * DAY)?;
        if section.rotation_interval <= section.publish_lead {
            return self.refuse("keys.rotation_interval", "it must be longer than `keys.publish_lead`");
        }
        let default = Path::new("keys").join("master.key");
        Ok(Keys {
            master_key_file: self.data_dir.join(section.master_key_file.unwrap_or(default)),
            signing_algorithms: algorithms,
            rotation_interval: section.rotation_interval,
            publish_lead: section.publish_lead,
            jwks_max_age: section.jwks_max_age,
        })
    }

    fn database(&self, section: DatabaseSection) -> Result<Database, ConfigError> {
        self.number("database.pool_size", usize::try_from(section.pool_size).unwrap_or(usize::MAX), 1..=1000)?;
        self.time("database.connect_timeout", section.connect_timeout, Duration::from_millis(100)..=MINUTE)?;
        let (key, text) = match section.url_file {
            None => ("database.url", section.url),
            Some(_) if self.layers.origin("database.url") != Origin::Default => {
                let problem =
                    format!("`database.url` is set too ({}); keep one of them", self.layers.origin("database.url"));
                return self.refuse("database.url_file", problem);
            }
            Some(path) => ("database.url_file", secret_file(&self.data_dir.join(path), "database.url_file")?),
        };
        let url = match DatabaseUrl::parse(&text) {
            Ok(url) => url.resolved(self.data_dir),
            Err(error) => return self.refuse(key, error.to_string()),
        };
        if url.has_password() && self.layers.origin(key) == Origin::Flag && key == "database.url" {
            return self.refuse(key, "a password on the command line can be seen by everybody on this machine; put the URL into a file and name it in `database.url_file`");
        }
        Ok(Database { url, pool_size: section.pool_size, connect_timeout: section.connect_timeout })
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Reads a secret without the line end that editors leave.
pub(super) fn secret_file(path: &Path, named_by: &'static str) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        named_by,
        source,
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
