//! Defaults, file, environment and command line.

use std::{net::SocketAddr, time::Duration};

use keystead::config::{Config, Environment, Options, Origin};

use super::{assert_refused, in_folder, load, site};

// Covers: T14, H10
#[test]
fn a_site_that_only_names_its_issuer_gets_safe_defaults() {
    let folder = site("issuer = 'http://localhost:8080'");
    let config = Config::load(&in_folder(folder.path()), &Environment::default()).unwrap();
    assert_eq!(config.listen.address, Some(SocketAddr::from(([127, 0, 0, 1], 8080))));
    assert_eq!(config.management.address, Some(SocketAddr::from(([127, 0, 0, 1], 8081))));
    assert_eq!(config.tokens.access_token_life, Duration::from_mins(15));
    assert_eq!(config.freshness.max_stale, Duration::ZERO);
    assert_eq!(config.limits.body_bytes, 65_536);
    assert_eq!(config.keys.rotation_interval, Duration::from_hours(30 * 24));
    assert_eq!(config.keys.signing_algorithms.len(), 3);
    assert_eq!(config.keys.master_key_file, folder.path().join("keys/master.key"));
    assert_eq!(config.database.url.to_string(), format!("sqlite://{}/keystead.sqlite", folder.path().display()));
    assert_eq!(config.config_file, Some(folder.path().join("keystead.toml")));
    assert!(config.tls.is_none() && config.proxy.trusted.is_empty());
}

// Covers: K10
#[test]
fn a_later_source_wins_over_an_earlier_one() {
    let folder =
        site("issuer = 'http://localhost:8080'\n[limits]\nbody_time = '20s'\nbody_bytes = 5000\nmax_connections = 50");
    let environment = Environment::new([
        ("KEYSTEAD_LIMITS__BODY_BYTES", "6000"),
        ("KEYSTEAD_LIMITS__MAX_CONNECTIONS", "60"),
        ("PATH", "/bin"),
    ]);
    let options = in_folder(folder.path()).with("limits.max_connections", "70");
    let limits = Config::load(&options, &environment).unwrap().limits;
    assert_eq!(limits.wrong_secrets_per_minute, 10, "default");
    assert_eq!(limits.body_time, Duration::from_secs(20), "file over default");
    assert_eq!(limits.body_bytes, 6000, "environment over file");
    assert_eq!(limits.max_connections, 70, "flag over environment");
}

// Covers: K10
#[test]
fn data_folder_and_file_can_be_named_by_the_environment() {
    let folder = site("");
    let other = folder.path().join("other.toml");
    std::fs::write(&other, "issuer = 'http://localhost:1234'").unwrap();
    let environment =
        Environment::new([("KEYSTEAD_DATA_DIR", folder.path().as_os_str()), ("KEYSTEAD_CONFIG", other.as_os_str())]);
    let config = Config::load(&Options::default(), &environment).unwrap();
    assert_eq!((config.issuer.as_str(), config.data_dir.as_path()), ("http://localhost:1234", folder.path()));
}

// Covers: K10
#[test]
fn a_file_that_was_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { config_file: Some(folder.path().join("missing.toml")), ..in_folder(folder.path()) };
    assert_refused(Config::load(&options, &Environment::default()), &["cannot read", "missing.toml", "`--config`"]);
}

// Covers: K10
#[test]
fn without_an_issuer_nothing_starts() {
    assert_refused(load(""), &["`issuer` is not set", "KEYSTEAD_ISSUER"]);
}

// Covers: K10
#[test]
fn an_unknown_key_is_refused_with_file_path_and_the_nearest_known_key() {
    let cases = [
        ("[tokens]\nacces_token_life = '5m'", "`tokens.acces_token_life`", "did you mean `tokens.access_token_life`?"),
        ("[databse]\nurl = 'sqlite://x'", "`databse.url`", "did you mean `database.url`?"),
        ("issuers = 'https://h'", "`issuers`", "did you mean `issuer`?"),
        ("database = 'sqlite://x'", "`database`", "did you mean `database.url`?"),
        ("[limits]\npool_size = 3", "`limits.pool_size`", "did you mean `database.pool_size`?"),
        ("data_dir = '/x'", "`data_dir`", "`--data-dir`"),
        ("[telemetry]\ncollector = 'x'", "`telemetry.collector`", "docs/CONFIGURATION.md"),
        ("[log.level]\nx = 1", "`log.level`", "expected a string"),
    ];
    for (toml, key, hint) in cases {
        assert_refused(load(toml), &[key, "keystead.toml", hint]);
    }
}

// Covers: K10
#[test]
fn a_variable_that_was_meant_as_a_setting_is_refused() {
    let cases = [
        ("KEYSTEAD_DATABASE_URL", "did you mean `KEYSTEAD_DATABASE__URL`?"),
        ("KEYSTEAD_ISUER", "did you mean `KEYSTEAD_ISSUER`?"),
        ("KEYSTEAD_DATADIR", "did you mean `KEYSTEAD_DATA_DIR`?"),
        ("KEYSTEAD_SOMETHING__ELSE", "docs/CONFIGURATION.md"),
    ];
    let folder = site("issuer = 'http://localhost:8080'");
    for (variable, hint) in cases {
        let environment = Environment::new([(variable, "canary")]);
        assert_refused(Config::load(&in_folder(folder.path()), &environment), &[variable, hint]);
    }
}

// Covers: K10
#[test]
fn variables_that_kubernetes_makes_for_a_service_are_left_alone() {
    let folder = site("issuer = 'http://localhost:8080'");
    let names = ["KEYSTEAD_PORT", "KEYSTEAD_SERVICE_HOST", "KEYSTEAD_PORT_8080_TCP_ADDR", "KEYSTEAD_UPDATE_DOCS"];
    let environment = Environment::new(names.map(|name| (name, "tcp://10.0.0.1:8080")));
    assert!(Config::load(&in_folder(folder.path()), &environment).is_ok());
}

// Covers: K10
#[test]
fn a_flag_for_an_unknown_key_is_refused() {
    let folder = site("issuer = 'http://localhost:8080'");
    let options = in_folder(folder.path()).with("listen.adress", "127.0.0.1:1");
    let outcome = Config::load(&options, &Environment::default());
    assert_refused(outcome, &["`listen.adress` (the command line)", "did you mean `listen.address`?"]);
}

// Covers: K6
#[test]
fn a_syntax_error_names_the_line_and_never_repeats_it() {
    let outcome = load("issuer = 'http://localhost:8080'\n[database]\nurl = 'postgres://u:canary@h/d");
    let sentence = outcome.unwrap_err().to_string();
    assert!(sentence.contains("keystead.toml, line 3, is not TOML"), "{sentence}");
    assert!(!sentence.contains("canary"), "{sentence}");
}

// Covers: K6
#[test]
fn the_values_of_sources_are_not_shown_by_debug() {
    let environment = Environment::new([("KEYSTEAD_DATABASE__URL", "canary")]);
    let options = Options::default().with("database.url", "canary");
    let shown = format!("{environment:?} {options:?}");
    assert!(shown.contains("KEYSTEAD_DATABASE__URL") && !shown.contains("canary"), "{shown}");
}

// Covers: K10
#[test]
fn a_refusal_says_which_source_the_value_came_from() {
    let folder = site("issuer = 'http://localhost:8080'\n[log]\nlevel = 'loud'");
    let file = folder.path().join("keystead.toml");
    let outcome = Config::load(&in_folder(folder.path()), &Environment::default());
    assert_refused(outcome, &[&format!("`log.level` ({}): `loud` is not one of", Origin::File(file)), "`warn`"]);
    let environment = Environment::new([("KEYSTEAD_CACHE__RECORDS", "many")]);
    let outcome = Config::load(&in_folder(folder.path()), &environment);
    assert_refused(
        outcome,
        &["`cache.records` (the environment variable KEYSTEAD_CACHE__RECORDS): `many` is not a whole number"],
    );
}
