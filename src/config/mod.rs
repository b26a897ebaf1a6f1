//! Settings: read from defaults, file, environment and command line, checked as a whole before anything starts.
//!
//! A setting that does not exist, does not fit or leaves tokens unprotected stops the start with a sentence that says
//! what to do. [`settings::SETTINGS`] is the one table of all settings.

pub mod api_keys;
pub mod audit;
pub mod audit_checkpoint;
pub mod data_dir;
pub mod database;
pub mod error;
pub mod exposure;
pub mod issuer;
pub mod keys;
pub mod limits;
pub mod listen;
mod loader;
pub mod lock;
pub mod logging;
pub mod logins;
pub mod mail;
pub mod mounts;
mod nearest;
pub mod proxy;
pub mod reference;
pub mod settings;
pub mod sources;
pub mod tokens;
mod validate;

use std::path::PathBuf;

pub use api_keys::ApiKeys;
pub use audit::Audit;
pub use audit_checkpoint::{CheckpointFile, CheckpointFileError};
pub use data_dir::{DataDir, DataDirError, Purpose};
pub use database::{Database, DatabaseUrl};
pub use error::{ConfigError, Origin};
pub use issuer::Issuer;
pub use keys::Keys;
pub use limits::{Cache, Limits};
pub use listen::{Listen, Management, Tls};
pub use lock::SqliteLock;
pub use logging::Log;
pub use logins::Logins;
pub use mail::Mail;
pub use proxy::Proxy;
pub use settings::Setting;
pub use sources::{Environment, Options};
pub use tokens::{Freshness, Tokens};

/// Everything that can be set, typed and checked. All paths are absolute. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Folder of database, keys and configuration file. Relative paths in settings are relative to it.
    pub data_dir: PathBuf,
    /// The configuration file that was read, if there was one.
    pub config_file: Option<PathBuf>,
    /// The URL that names this site.
    pub issuer: Issuer,
    /// The database.
    pub database: Database,
    /// Plain HTTP.
    pub listen: Listen,
    /// Health and metrics.
    pub management: Management,
    /// HTTPS, if Keystead itself speaks it.
    pub tls: Option<Tls>,
    /// Trusted proxies.
    pub proxy: Proxy,
    /// Access tokens.
    pub tokens: Tokens,
    /// Presented API keys.
    pub api_keys: ApiKeys,
    /// How people log in.
    pub logins: Logins,
    /// The mail server, if there is one.
    pub mail: Option<Mail>,
    /// How old state may be.
    pub freshness: Freshness,
    /// Bounds on requests and clients.
    pub limits: Limits,
    /// Bounds on memory.
    pub cache: Cache,
    /// Signing keys.
    pub keys: Keys,
    /// The audit log.
    pub audit: Audit,
    /// The log.
    pub log: Log,
}

impl Config {
    /// Reads defaults, then the file, then the environment, then the command line; what comes later wins.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting, where it stands and what to do; it never holds a secret.
    pub fn load(options: &Options, environment: &Environment) -> Result<Self, ConfigError> {
        let data_dir = loader::data_dir(options, environment)?;
        let named = loader::named_file(options, environment)?;
        let must_exist = named.is_some();
        let file = named.unwrap_or_else(|| data_dir.join("keystead.toml"));
        let mut layers = loader::Layers::defaults()?;
        let file = layers.file(&file, must_exist)?.then_some(file);
        layers.environment(environment)?;
        layers.flags(options)?;
        validate::config(&layers, data_dir, file)
    }

    /// Every setting with key, default, environment variable and meaning.
    #[must_use]
    pub const fn describe() -> &'static [Setting] {
        settings::SETTINGS
    }

    /// Whether this `Host` header value is one that the site answers to: the issuer's, or one of
    /// `listen.allowed_hosts`. Letter case does not matter.
    #[must_use]
    pub fn answers_to_host(&self, host: &str) -> bool {
        let allowed = self.listen.allowed_hosts.iter().map(String::as_str);
        std::iter::once(self.issuer.host()).chain(allowed).any(|known| known.eq_ignore_ascii_case(host))
    }
}
