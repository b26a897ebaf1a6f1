//! What settings are read from, handed in by the caller: the environment and the command line.

use std::{ffi::OsString, path::PathBuf};

/// Beginning of the environment variables that are settings.
pub const PREFIX: &str = "KEYSTEAD_";

/// The environment variables of Keystead; all others are left out when it is made.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, OsString)>);

impl Environment {
    /// Takes the variables whose names begin with `KEYSTEAD_`.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(
            variables
                .into_iter()
                .filter_map(|(name, value)| Some((name.into().into_string().ok()?, value.into())))
                .filter(|(name, _)| name.starts_with(PREFIX))
                .collect(),
        )
    }

    /// The environment that this process was started with: the only place that reads it.
    #[must_use]
    pub fn from_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The value of one variable, if it is set and valid UTF-8. `name` is complete, such as `KEYSTEAD_ISSUER`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str())
    }

    /// The value of one variable as a path, which need not be UTF-8.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| PathBuf::from(value))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &OsString)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// What the command line says. Everything left out is decided by environment, file and defaults.
#[derive(Clone, Default)]
pub struct Options {
    /// `--data-dir`: the folder of database, keys and configuration file.
    pub data_dir: Option<PathBuf>,
    /// `--config`: the configuration file; it must exist. Without it `<data-dir>/keystead.toml` is read if it is there.
    pub config_file: Option<PathBuf>,
    /// Settings by the path of their key, as text in the form that environment variables have.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// The same with one more setting, such as `.with("listen.address", "127.0.0.1:0")`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.settings.push((key.to_owned(), value.into()));
        self
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Options")
            .field("data_dir", &self.data_dir)
            .field("config_file", &self.config_file)
            .field("settings", &self.settings.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .finish()
    }
}
