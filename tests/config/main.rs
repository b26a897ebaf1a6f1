//! Settings: what is read from where, and what stops the start with which sentence.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up should stop there")]

mod data_dir;
mod documents;
mod exposure;
mod sources;
mod values;

use std::path::Path;

use keystead::config::{Config, ConfigError, Environment, Options};

/// A folder with this `keystead.toml`.
fn site(toml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keystead.toml"), toml).unwrap();
    folder
}

fn in_folder(folder: &Path) -> Options {
    Options { data_dir: Some(folder.to_owned()), ..Options::default() }
}

fn load(toml: &str) -> Result<Config, ConfigError> {
    Config::load(&in_folder(site(toml).path()), &Environment::default())
}

/// A development site with these settings besides its issuer.
fn load_local(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = site("issuer = 'http://localhost:8080'");
    let options = settings.iter().fold(in_folder(folder.path()), |options, (key, value)| options.with(key, *value));
    Config::load(&options, &Environment::default())
}

/// The sentence of a refusal. It must hold every fragment.
#[track_caller]
fn assert_refused<T: std::fmt::Debug, E: std::fmt::Display>(outcome: Result<T, E>, fragments: &[&str]) {
    let sentence = outcome.map_err(|error| error.to_string()).expect_err("this should be refused");
    for fragment in fragments {
        assert!(sentence.contains(fragment), "`{sentence}` does not say `{fragment}`");
    }
}
