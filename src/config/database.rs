//! The database: which, where, and how many connections.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use thiserror::Error;

/// Where the database is. Neither `Debug` nor `Display` shows a password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The file.
    Sqlite(PathBuf),
    /// The whole URL, for libpq. It may hold a password: never print it.
    Postgres(String),
}

/// The text is no URL of a database that Keystead can use. It never holds the URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidDatabaseUrl {
    /// Another kind of database, or none.
    #[error("a database URL begins with `sqlite://`, `postgres://` or `postgresql://`")]
    Scheme,
    /// SQLite without a usable file.
    #[error(
        "`sqlite://` must be followed by the path of a file, without `?` or `#`, such as `sqlite://keystead.sqlite`"
    )]
    SqlitePath,
    /// A PostgreSQL URL that libpq and a reader could understand differently.
    #[error(
        "the PostgreSQL URL cannot be read ({0}); write `postgres://USER:PASSWORD@HOST:PORT/NAME?key=value` and percent-encode `@`, `:`, `/`, `?`, `#` and `%` in the password"
    )]
    Postgres(&'static str),
    /// Encryption is asked for that this program cannot do.
    #[error(
        "`sslmode={0}` needs TLS to PostgreSQL, which this program was built without; build it with the cargo feature `postgres-tls`, or reach the database by a socket or a private network with `sslmode=disable`"
    )]
    TlsNotBuiltIn(String),
    /// A mode that libpq does not know.
    #[error("`sslmode` must be one of `disable`, `allow`, `prefer`, `require`, `verify-ca`, `verify-full`")]
    UnknownTlsMode,
}

impl DatabaseUrl {
    /// Reads a URL; the scheme alone decides which database it is. SQLite paths stay as written.
    ///
    /// # Errors
    /// Says what is wrong without repeating the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            let usable =
                !path.is_empty() && !path.contains(['?', '#', '\0']) && !path.ends_with('/') && path != ":memory:";
            return if usable { Ok(Self::Sqlite(path.into())) } else { Err(InvalidDatabaseUrl::SqlitePath) };
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let parts = PostgresParts::split(rest.ok_or(InvalidDatabaseUrl::Scheme)?)?;
        parts.check_tls(cfg!(feature = "postgres-tls"))?;
        Ok(Self::Postgres(text.to_owned()))
    }

    /// Whether it names a SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The same with a relative SQLite path taken as relative to this folder.
    #[must_use]
    pub fn resolved(self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(folder.join(path)),
            postgres @ Self::Postgres(_) => postgres,
        }
    }

    pub(super) fn has_password(&self) -> bool {
        let Self::Postgres(text) = self else { return false };
        let parts = text.split_once("://").and_then(|(_, rest)| PostgresParts::split(rest).ok());
        parts.is_some_and(|parts| {
            parts.user.is_some_and(|user| user.contains(':')) || parts.parameter("password").next().is_some()
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Sqlite(path) => return write!(out, "sqlite://{}", path.display()),
            Self::Postgres(text) => text,
        };
        match text.split_once("://").and_then(|(_, rest)| PostgresParts::split(rest).ok()) {
            Some(parts) => {
                let user = parts.user.map(|user| user.split(':').next().unwrap_or_default());
                let at = if user.is_some() { "@" } else { "" };
                write!(out, "postgres://{}{at}{}{}", user.unwrap_or_default(), parts.hosts, parts.path)
            }
            None => out.write_str("postgres://(not shown)"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// A PostgreSQL URL after its scheme, in the parts that libpq sees.
struct PostgresParts<'a> {
    user: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> PostgresParts<'a> {
    /// Refuses everything that could be read in two ways, so that what is shown never holds a piece of a password.
    fn split(rest: &'a str) -> Result<Self, InvalidDatabaseUrl> {
        let refuse = |problem| Err(InvalidDatabaseUrl::Postgres(problem));
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains('#') {
            return refuse("`#`, white space or other characters that a URL cannot hold");
        }
        let (main, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = main.find('/').and_then(|at| main.split_at_checked(at)).unwrap_or((main, ""));
        let (user, hosts) = authority.split_once('@').map_or((None, authority), |(user, hosts)| (Some(user), hosts));
        if hosts.contains('@') || path.contains('@') || query.contains('@') {
            return refuse("an `@` too many");
        }
        if user.is_some_and(|user| user.matches(':').count() > 1) {
            return refuse("a `:` too many before the `@`");
        }
        let port_is_number = |host: &str| match host.rsplit_once(':') {
            Some((_, port)) if !host.ends_with(']') => port.bytes().all(|byte| byte.is_ascii_digit()),
            _ => true,
        };
        if !hosts.split(',').all(port_is_number) {
            return refuse("a port that is not a number");
        }
        if !query.is_empty() && !query.split('&').all(|parameter| parameter.contains('=')) {
            return refuse("a parameter without `=`");
        }
        Ok(Self { user, hosts, path, query })
    }

    fn parameter(&self, name: &'static str) -> impl Iterator<Item = String> {
        self.query
            .split('&')
            .filter_map(|parameter| parameter.split_once('='))
            .filter(move |(key, _)| percent_decode_str(key).decode_utf8_lossy() == name)
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    fn check_tls(&self, built_in: bool) -> Result<(), InvalidDatabaseUrl> {
        // libpq takes the JDBC spelling `ssl=true` for `sslmode=require`.
        let jdbc = self.parameter("ssl").filter(|value| value == "true").map(|_| "require".to_owned());
        for mode in self.parameter("sslmode").chain(jdbc) {
            match mode.as_str() {
                "disable" | "allow" | "prefer" => {}
                "require" | "verify-ca" | "verify-full" if built_in => {}
                "require" | "verify-ca" | "verify-full" => return Err(InvalidDatabaseUrl::TlsNotBuiltIn(mode)),
                _ => return Err(InvalidDatabaseUrl::UnknownTlsMode),
            }
        }
        Ok(())
    }
}

/// How to reach the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Where it is; a SQLite path is absolute.
    pub url: DatabaseUrl,
    /// Connections kept open; with SQLite the readers beside the one writer. 1 to 1000.
    pub pool_size: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
}

/// The section as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DatabaseSection {
    pub(super) url: String,
    pub(super) url_file: Option<PathBuf>,
    pub(super) pool_size: u32,
    #[serde(with = "humantime_serde")]
    pub(super) connect_timeout: Duration,
}
