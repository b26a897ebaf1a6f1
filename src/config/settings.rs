//! The one table of all settings. Defaults, the check for unknown keys, docs/CONFIGURATION.md and keystead.example.toml
//! come from here.

use super::sources::PREFIX;

/// How the text of an environment variable or a flag becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text: names, addresses, paths, durations.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Switch,
    /// Texts, separated by commas in the environment; an array in the file.
    List,
}

/// What counts if nobody says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// This, as it would be written in TOML.
    Toml(&'static str),
    /// Something found out at start, in words, with an example in TOML.
    Computed {
        /// In words.
        words: &'static str,
        /// How it could be written in TOML.
        example: &'static str,
    },
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Path of the key in the file, such as `tokens.access_token_life`.
    pub key: &'static str,
    /// Form of its value.
    pub kind: Kind,
    /// Its default.
    pub default: DefaultValue,
    /// What it does, its unit and its bounds.
    pub meaning: &'static str,
}

impl Setting {
    /// The environment variable that sets it, such as `KEYSTEAD_TOKENS__ACCESS_TOKEN_LIFE`.
    #[must_use]
    pub fn environment_variable(&self) -> String {
        format!("{PREFIX}{}", self.key.to_uppercase().replace('.', "__"))
    }

    /// The part before the dot; empty for a key outside every section.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// The part after the dot.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }
}

const fn text(key: &'static str, toml: &'static str, meaning: &'static str) -> Setting {
    Setting { key, kind: Kind::Text, default: DefaultValue::Toml(toml), meaning }
}

const fn number(key: &'static str, toml: &'static str, meaning: &'static str) -> Setting {
    Setting { key, kind: Kind::Number, default: DefaultValue::Toml(toml), meaning }
}

const fn list(key: &'static str, toml: &'static str, meaning: &'static str) -> Setting {
    Setting { key, kind: Kind::List, default: DefaultValue::Toml(toml), meaning }
}

const fn computed(
    key: &'static str,
    kind: Kind,
    words: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { key, kind, default: DefaultValue::Computed { words, example }, meaning }
}

/// Every setting, in the order that people should see.
pub const SETTINGS: &[Setting] = &[
    computed(
        "issuer",
        Kind::Text,
        "none, must be set",
        "\"https://id.example.com\"",
        "The URL by which tokens and metadata name this site, kept byte for byte. `https`, without query, fragment or user; a path is allowed; `http` only for `localhost`, `127.0.0.1` and `[::1]`. Changing it makes every token foreign.",
    ),
    text(
        "database.url",
        "\"sqlite://keystead.sqlite\"",
        "`sqlite://PATH`, relative to the data folder, or `postgres://USER@HOST/NAME`. One SQLite file serves one `keystead serve`; several nodes need PostgreSQL.",
    ),
    computed(
        "database.url_file",
        Kind::Text,
        "none",
        "\"/run/secrets/keystead-database-url\"",
        "A file that holds the URL, instead of `database.url`: the place for a URL with a password.",
    ),
    number(
        "database.pool_size",
        "8",
        "Connections kept open; with SQLite the number of readers beside the one writer. 1 to 1000.",
    ),
    text(
        "database.connect_timeout",
        "\"2s\"",
        "How long to wait for a connection before answering 503. 100 ms to 1 minute.",
    ),
    text(
        "listen.address",
        "\"127.0.0.1:8080\"",
        "Address and port for plain HTTP, or `off`. Beyond loopback only with `proxy.trusted`.",
    ),
    computed("listen.workers", Kind::Number, "number of cores", "4", "Threads that answer requests. 1 to 1024."),
    list(
        "listen.allowed_hosts",
        "[]",
        "Values of `Host` that are answered besides the host of the issuer, such as `keystead.internal:8080` for health checks.",
    ),
    text("management.address", "\"127.0.0.1:8081\"", "Address and port for health and metrics, or `off`."),
    Setting {
        key: "management.allow_remote",
        kind: Kind::Switch,
        default: DefaultValue::Toml("false"),
        meaning: "Allows `management.address` beyond loopback. The listener asks for no login.",
    },
    computed(
        "tls.address",
        Kind::Text,
        "none: no TLS",
        "\"0.0.0.0:8443\"",
        "Address and port for HTTPS. Needs `tls.certificate_file` and `tls.key_file`.",
    ),
    computed(
        "tls.certificate_file",
        Kind::Text,
        "none",
        "\"/etc/keystead/certificate.pem\"",
        "Certificate chain in PEM, leaf first.",
    ),
    computed("tls.key_file", Kind::Text, "none", "\"/etc/keystead/key.pem\"", "Private key of the certificate in PEM."),
    text("tls.reload_interval", "\"10s\"", "How often the two files are looked at for a renewal. 1 second to 1 day."),
    list(
        "proxy.trusted",
        "[]",
        "Networks or addresses of the proxies whose `X-Forwarded-*` headers are believed, such as `10.0.0.0/8`. They must end TLS and replace those headers.",
    ),
    text(
        "tokens.access_token_life",
        "\"15m\"",
        "Life of access tokens unless a space says otherwise. Whole seconds, 1 second to `tokens.access_token_life_max`.",
    ),
    text(
        "tokens.access_token_life_max",
        "\"15m\"",
        "The longest life that a space may choose. 15 minutes to 1 hour: resource servers that do not introspect believe a revoked token for so long.",
    ),
    text(
        "tokens.refresh_idle",
        "\"30d\"",
        "A refresh token that is not used for this long stops working. 1 minute to `tokens.refresh_life`.",
    ),
    text(
        "tokens.refresh_life",
        "\"180d\"",
        "What a user authorized ends after this long, however often it is refreshed. 1 hour to 366 days.",
    ),
    text(
        "tokens.signing_algorithm",
        "\"ES256\"",
        "Algorithm that signs access tokens: `ES256`, `RS256` or `EdDSA`. Must be one of `keys.signing_algorithms`.",
    ),
    list(
        "api_keys.headers",
        "[]",
        "Names of request headers in which `/oauth/verify` takes an API key or an access token besides `Authorization`, such as `zsessionid` or `apptio-opentoken`. Letter case does not matter. At most 16.",
    ),
    text(
        "logins.session_idle",
        "\"12h\"",
        "A session in which nothing is done ends after this time. 1 minute to 30 days, at most `logins.session_life`.",
    ),
    text(
        "logins.session_life",
        "\"14d\"",
        "A session ends after this time however much it is used. 1 minute to 1 year.",
    ),
    text(
        "logins.invitation_life",
        "\"7d\"",
        "How long the link of an invitation sets a first password. 1 hour to 30 days.",
    ),
    number(
        "logins.wrong_passwords",
        "10",
        "Wrong passwords on one account that need not wait, whatever login or address is typed. Nobody is ever locked out: a browser that was logged in before is counted by itself. 1 to 100000.",
    ),
    text(
        "logins.wrong_password_interval",
        "\"30s\"",
        "After so many, one more is tried each such time; the answer in between is 429. 1 millisecond to 1 hour.",
    ),
    number(
        "logins.wrong_passwords_per_network",
        "100",
        "Wrong passwords from one network (/24 of IPv4, /56 of IPv6) that need not wait, on all accounts. 1 to 1000000.",
    ),
    text(
        "logins.network_interval",
        "\"1s\"",
        "After so many, one more is tried each such time. 1 millisecond to 1 hour.",
    ),
    computed(
        "logins.hashing_threads",
        Kind::Number,
        "number of cores",
        "4",
        "Passwords that are checked at the same time, 19 MiB each. 1 to 1024.",
    ),
    number("logins.hashing_queue", "64", "Passwords that may wait to be checked; more are answered 503. 0 to 100000."),
    computed(
        "mail.url",
        Kind::Text,
        "none: no mail",
        "\"smtps://mail.example.com\"",
        "The mail server that takes links for forgotten passwords, invitations and letters about events: `smtps://HOST` (TLS from the start, port 465) or `smtp://HOST` (port 587). Without it nobody is offered to reset a password, mailed an invitation or written to.",
    ),
    computed(
        "mail.from",
        Kind::Text,
        "none",
        "\"Example login <login@example.com>\"",
        "Sender of the mail. Needed with `mail.url`.",
    ),
    computed("mail.username", Kind::Text, "none", "\"login@example.com\"", "User at the mail server."),
    computed(
        "mail.password_file",
        Kind::Text,
        "none",
        "\"/run/secrets/keystead-mail-password\"",
        "A file that holds the password of `mail.username`.",
    ),
    computed(
        "mail.authority_file",
        Kind::Text,
        "none: the authorities of the Mozilla program",
        "\"/etc/keystead/mail-authority.pem\"",
        "Certificates, in PEM, of the one authority that the mail server's certificate must come from.",
    ),
    Setting {
        key: "mail.starttls",
        kind: Kind::Switch,
        default: DefaultValue::Toml("true"),
        meaning: "Whether `smtp://` goes on only after STARTTLS. `false` is for a mail server on this machine.",
    },
    text(
        "freshness.max_stale",
        "\"0s\"",
        "How old the state may be that a decision rests on while the database is out of reach. `0s`: never older than the request; 503 instead. At most 1 minute.",
    ),
    number("limits.body_bytes", "65536", "Longest request body. 4096 to 16777216 bytes."),
    text("limits.body_time", "\"10s\"", "How long a request body may take to arrive. 1 second to 1 minute."),
    number(
        "limits.wrong_secrets_per_minute",
        "10",
        "Wrong secrets per client and peer network before the answer is 429. A right generated secret always passes. 1 to 100000.",
    ),
    number(
        "limits.leak_reports_per_minute",
        "60",
        "Reports of leaked secrets from one network (/24 of IPv4, /56 of IPv6) before the answer is 429, on each node. 1 to 100000.",
    ),
    number(
        "limits.max_connections",
        "10000",
        "Open connections on all listeners; more wait in the backlog. 16 to 1000000.",
    ),
    number(
        "cache.records",
        "100000",
        "Clients, users, grants and spaces kept in memory, each kind by itself. 100 to 100000000.",
    ),
    number("cache.verified_tokens", "20000", "Tokens whose signature need not be computed again. 0 to 100000000."),
    computed(
        "keys.master_key_file",
        Kind::Text,
        "<data-dir>/keys/master.key",
        "\"/run/secrets/keystead-master-key\"",
        "The key that seals signing keys and peppers in the database. Made at first start; lost means that every key must be made anew.",
    ),
    list(
        "keys.signing_algorithms",
        "[\"ES256\", \"RS256\", \"EdDSA\"]",
        "Algorithms that the site holds a signing key for.",
    ),
    text(
        "keys.rotation_interval",
        "\"30d\"",
        "Age at which a signing key is replaced. 1 hour to 1 year, longer than `keys.publish_lead`.",
    ),
    text(
        "keys.publish_lead",
        "\"10m\"",
        "How long a new key is published before it signs. At least twice `keys.jwks_max_age`, at most 7 days.",
    ),
    text(
        "keys.jwks_max_age",
        "\"5m\"",
        "How long others may keep the key set (`Cache-Control: max-age`). Whole seconds, 1 second to 5 minutes.",
    ),
    text(
        "audit.retention",
        "\"0s\"",
        "Audit events older than this are deleted, oldest first. `0s`: never. Otherwise 30 days to 100 years.",
    ),
    text("log.format", "\"text\"", "`text` for people, `json` for machines: one object a line, on standard error."),
    text("log.level", "\"info\"", "`error`, `warn`, `info`, `debug` or `trace`."),
    Setting {
        key: "log.access",
        kind: Kind::Switch,
        default: DefaultValue::Toml("false"),
        meaning: "Whether each request gets a line, whatever `log.level` says: method, template of the path, status, time, request id and the client's network; never the path or the query.",
    },
];
