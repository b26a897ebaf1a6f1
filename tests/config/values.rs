//! Single values: issuer, database URL, bounds.

use keystead::config::{Config, DatabaseUrl, Environment, Issuer};

use super::{assert_refused, in_folder, load, load_local, site};

// Covers: MD-01, A16
#[test]
fn an_issuer_is_kept_byte_for_byte() {
    let cases = [
        ("https://id.example.com", "", "id.example.com"),
        ("https://id.example.com/", "", "id.example.com"),
        ("https://id.example.com:8443", "", "id.example.com:8443"),
        ("https://h.example/t/acme", "/t/acme", "h.example"),
        ("https://h.example/t/acme/", "/t/acme", "h.example"),
        ("http://localhost:8080", "", "localhost:8080"),
        ("http://127.0.0.1:8080", "", "127.0.0.1:8080"),
        ("http://[::1]:8080", "", "[::1]:8080"),
    ];
    for (text, prefix, host) in cases {
        let issuer = Issuer::parse(text).unwrap();
        assert_eq!((issuer.as_str(), issuer.path_prefix(), issuer.host()), (text, prefix, host));
        assert_eq!(issuer.is_loopback(), text.starts_with("http://"), "{text}");
    }
}

// Covers: MD-02
#[test]
fn the_path_of_the_issuer_stands_behind_the_well_known_part() {
    let issuer = Issuer::parse("https://h.example/t/acme").unwrap();
    assert_eq!(issuer.well_known_path("oauth-authorization-server"), "/.well-known/oauth-authorization-server/t/acme");
    assert_eq!(issuer.endpoint("/oauth/token"), "https://h.example/t/acme/oauth/token");
    let issuer = Issuer::parse("https://h.example/").unwrap();
    assert_eq!(issuer.well_known_path("oauth-authorization-server"), "/.well-known/oauth-authorization-server");
    assert_eq!(issuer.endpoint("/oauth/token"), "https://h.example/oauth/token");
}

// Covers: MD-01, H12
#[test]
fn what_is_no_issuer_is_refused() {
    let cases = [
        ("http://id.example.com", "`http` is allowed for loopback hosts only"),
        ("http://localhost.evil.example", "`http` is allowed for loopback hosts only"),
        ("http://127.0.0.1.evil.example", "`http` is allowed for loopback hosts only"),
        ("ftp://id.example.com", "must begin with `https://`"),
        ("id.example.com", "write it like `https://id.example.com`"),
        ("https://id.example.com?a=b", "neither query nor fragment"),
        ("https://id.example.com?", "neither query nor fragment"),
        ("https://id.example.com#x", "neither query nor fragment"),
        ("https://user:canary@id.example.com", "must not carry a user or password"),
        ("https://ID.example.com", "write it as `https://id.example.com/`"),
        ("https://id.example.com:443", "write it as `https://id.example.com/`"),
        ("https://id.example.com/a/../b", "write it as `https://id.example.com/b`"),
        ("http://127.1:8080", "write it as `http://127.0.0.1:8080/`"),
        (" https://id.example.com", "write it as `https://id.example.com/`"),
        ("https://id.example.com//t", "single `/` only"),
        ("https://id.example.com/t//", "single `/` only"),
        ("https://id.example.com/%7Bx%7D", "its path may hold"),
    ];
    for (text, fragment) in cases {
        let outcome = Issuer::parse(text);
        let sentence = outcome.as_ref().map_err(ToString::to_string).expect_err(text);
        assert!(!sentence.contains("canary"), "{sentence}");
        assert_refused(outcome, &[fragment]);
    }
}

// Covers: H1
#[test]
fn the_site_answers_to_its_own_host_and_those_it_was_told() {
    let config =
        load("issuer = 'http://localhost:8080'\n[listen]\nallowed_hosts = ['keystead.internal:8080']").unwrap();
    assert!(
        ["localhost:8080", "LOCALHOST:8080", "keystead.internal:8080"].iter().all(|host| config.answers_to_host(host))
    );
    assert!(!["evil.example", "localhost", "localhost:80", ""].iter().any(|host| config.answers_to_host(host)));
}

// Covers: K6
#[test]
fn a_password_in_a_database_url_is_never_shown() {
    let cases = [
        ("postgres://ks:canary@db.example:5432/keystead?sslmode=prefer", "postgres://ks@db.example:5432/keystead"),
        ("postgresql://ks:canary@a:1,b:2/keystead?password=canary", "postgres://ks@a:1,b:2/keystead"),
        ("postgres:///keystead?host=/run/postgresql", "postgres:///keystead"),
        ("sqlite://data/keystead.sqlite", "sqlite://data/keystead.sqlite"),
    ];
    for (text, shown) in cases {
        let url = DatabaseUrl::parse(text).unwrap();
        assert_eq!((url.to_string().as_str(), format!("{url:?}").as_str()), (shown, shown));
    }
}

// Covers: K6, K10
#[test]
fn what_is_no_database_url_is_refused_without_repeating_it() {
    let cases = [
        ("mysql://u:canary@h/d", "begins with `sqlite://`, `postgres://` or `postgresql://`"),
        ("canary.sqlite", "begins with `sqlite://`"),
        ("SQLITE://canary", "begins with `sqlite://`"),
        ("sqlite://", "path of a file"),
        ("sqlite://:memory:", "path of a file"),
        ("sqlite://canary?mode=ro", "path of a file"),
        ("postgres://u:canary@x@h/d", "an `@` too many"),
        ("postgres://u:can/ary@h/d", "an `@` too many"),
        ("postgres://u:canary", "a port that is not a number"),
        ("postgres://u:1/canary@h/d", "an `@` too many"),
        ("postgres://u:1?canary@h/d", "an `@` too many"),
        ("postgres://u:can:ary@h/d", "a `:` too many"),
        ("postgres://u:canary#x@h/d", "percent-encode"),
        ("postgres://h/d?canary", "a parameter without `=`"),
        ("postgres://h/d?sslmode=canary", "`sslmode` must be one of"),
    ];
    for (text, fragment) in cases {
        let outcome = DatabaseUrl::parse(text);
        let sentence = outcome.as_ref().map_err(ToString::to_string).expect_err(text);
        assert!(!sentence.contains("canary"), "{sentence}");
        assert_refused(outcome, &[fragment]);
    }
}

// Covers: H12
#[test]
fn tls_to_postgresql_is_refused_by_a_program_that_cannot_do_it() {
    for mode in ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full", "ssl=true", "ssl%6Dode=require"] {
        let outcome = DatabaseUrl::parse(&format!("postgres://h/d?sslmode=disable&{mode}"));
        if cfg!(feature = "postgres-tls") {
            assert!(outcome.is_ok(), "{mode}");
        } else {
            assert_refused(outcome, &["`sslmode=", "cargo feature `postgres-tls`"]);
        }
    }
    for mode in ["disable", "allow", "prefer"] {
        assert!(DatabaseUrl::parse(&format!("postgres://h/d?sslmode={mode}")).is_ok(), "{mode}");
    }
}

// Covers: K10
#[test]
fn a_database_url_can_come_from_a_file_but_not_from_two_places() {
    let folder = site("issuer = 'http://localhost:8080'\n[database]\nurl_file = 'database-url'");
    let load = || Config::load(&in_folder(folder.path()), &Environment::default());
    assert_refused(load(), &["cannot read", "database-url", "`database.url_file`"]);
    std::fs::write(folder.path().join("database-url"), "postgres://ks:canary@h/d\n").unwrap();
    assert_eq!(load().unwrap().database.url, DatabaseUrl::Postgres("postgres://ks:canary@h/d".to_owned()));
    assert!(!format!("{:?}", load().unwrap()).contains("canary"));
    let both = in_folder(folder.path()).with("database.url", "sqlite://x");
    assert_refused(
        Config::load(&both, &Environment::default()),
        &["`database.url_file`", "`database.url` is set too (the command line)"],
    );
}

// Covers: K6
#[test]
fn a_password_on_the_command_line_is_refused() {
    let outcome = load_local(&[("database.url", "postgres://ks:canary@h/d")]);
    assert_refused(outcome, &["`database.url` (the command line)", "can be seen by everybody", "`database.url_file`"]);
    assert!(load_local(&[("database.url", "postgres://ks@h/d")]).is_ok());
}

// Covers: T14, H4, J10, JK-02
#[test]
fn values_beyond_their_bounds_are_refused() {
    let cases: [(&str, &str, &str); 25] = [
        ("tokens.access_token_life", "16m", "16m is not between 1s and 15m"),
        ("tokens.access_token_life", "1500ms", "whole seconds"),
        ("tokens.access_token_life", "soon", "invalid value"),
        ("tokens.access_token_life_max", "2h", "2h is not between 15m and 1h"),
        ("tokens.access_token_life_max", "1m", "1m is not between 15m and 1h"),
        ("tokens.signing_algorithm", "HS256", "`HS256` is not one of `ES256`, `RS256`, `EdDSA`"),
        ("keys.signing_algorithms", "RS256", "add it to `keys.signing_algorithms`"),
        ("keys.signing_algorithms", "none", "`none` is not one of"),
        ("keys.publish_lead", "9m", "9m is not between 10m and 7days"),
        ("keys.rotation_interval", "10m", "10m is not between 1h"),
        ("keys.jwks_max_age", "0s", "0s is not between 1s and 5m"),
        ("freshness.max_stale", "2m", "2m is not between 0s and 1m"),
        ("limits.body_bytes", "1", "1 is not between 4096 and 16777216"),
        ("limits.body_bytes", "-1", "invalid value"),
        ("limits.body_time", "0s", "0s is not between 1s and 1m"),
        ("limits.wrong_secrets_per_minute", "0", "0 is not between 1 and 100000"),
        ("limits.leak_reports_per_minute", "0", "0 is not between 1 and 100000"),
        ("limits.max_connections", "1", "1 is not between 16 and 1000000"),
        ("cache.records", "1", "1 is not between 100 and 100000000"),
        ("database.pool_size", "0", "0 is not between 1 and 1000"),
        ("database.connect_timeout", "2m", "2m is not between 100ms and 1m"),
        ("listen.workers", "0", "nonzero"),
        ("listen.address", "localhost:8080", "neither an IP address with port"),
        ("proxy.trusted", "10.0.0.0/8, proxy.example", "`proxy.example` is neither a network"),
        ("management.allow_remote", "yes", "`yes` is not `true` or `false`"),
    ];
    for (key, value, fragment) in cases {
        let named = if key == "keys.signing_algorithms" && value == "RS256" { "tokens.signing_algorithm" } else { key };
        assert_refused(load_local(&[(key, value)]), &[&format!("`{named}`"), fragment]);
    }
}

// Covers: T14, JK-02
#[test]
fn values_at_their_bounds_are_taken() {
    let config = load_local(&[
        ("tokens.access_token_life", "1h"),
        ("tokens.access_token_life_max", "1h"),
        ("keys.signing_algorithms", "EdDSA,EdDSA"),
        ("tokens.signing_algorithm", "EdDSA"),
        ("cache.verified_tokens", "0"),
        ("management.address", "off"),
    ]);
    let config = config.unwrap();
    assert_eq!(config.keys.signing_algorithms.len(), 1);
    assert_eq!(config.management.address, None);
}

// Covers: L062
#[test]
fn headers_for_keys_are_names_that_mean_nothing_else() {
    let named = |value: &str| load_local(&[("api_keys.headers", value)]).map(|config| config.api_keys.headers);
    assert_eq!(load_local(&[]).unwrap().api_keys.headers, Vec::<String>::new());
    assert_eq!(named("ZSESSIONID,apptio-opentoken,zsessionid").unwrap(), ["apptio-opentoken", "zsessionid"]);
    assert_eq!(named("x-api-key,X_Key").unwrap(), ["x-api-key", "x_key"]);
    let table = load("issuer = 'http://localhost:8080'\n[api_keys]\nheaders = ['X-Api-Key']").unwrap();
    assert_eq!(table.api_keys.headers, ["x-api-key"]);

    for taken in [
        "authorization",
        "Authorization",
        "proxy-authorization",
        "cookie",
        "Set-Cookie",
        "host",
        "connection",
        "transfer-encoding",
        "content-length",
        "Content-Type",
        "forwarded",
        "X-Forwarded-For",
        "x-real-ip",
        "X-Keystead-Gateway",
        "x-keystead-subject",
        "x-request-id",
        "accept",
        "if-none-match",
        "origin",
    ] {
        assert_refused(named(taken), &["api_keys.headers", taken, "choose another header"]);
        assert_refused(named(&format!("zsessionid,{taken}")), &[taken]);
    }
    for no_name in ["z session", "zsessionid:", "z\u{e4}hler", "a\"b", "(x)", "a\nb", &"a".repeat(65)] {
        assert_refused(named(no_name), &["api_keys.headers", "is not the name of a header"]);
    }
    let empty = load("issuer = 'http://localhost:8080'\n[api_keys]\nheaders = ['']");
    assert_refused(empty, &["api_keys.headers", "is not the name of a header"]);
    let many = (0..17).map(|number| format!("h{number}")).collect::<Vec<_>>();
    assert_refused(named(&many.join(",")), &["api_keys.headers", "at most 16"]);
    assert_eq!(named(&many[..16].join(",")).unwrap().len(), 16);
}
