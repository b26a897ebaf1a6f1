//! Why settings were refused: where the setting stands, what is wrong with it, what to do. Never the value of a secret.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

/// Where the value of a setting comes from; a later one wins over an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Built in.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// This environment variable.
    Environment(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("the default"),
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Environment(variable) => write!(out, "the environment variable {variable}"),
            Self::Flag => out.write_str("the command line"),
        }
    }
}

/// Settings with which Keystead does not start.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file that the settings name cannot be read.
    #[error("cannot read {path}, which `{named_by}` names: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The setting or flag that names it.
        named_by: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The configuration file is no TOML.
    #[error("{path}, line {line}, is not TOML: {problem}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser expected; never the text of the line, which may hold a password.
        problem: String,
    },
    /// A setting that does not exist.
    #[error("there is no setting `{key}` ({origin}); {hint}")]
    UnknownKey {
        /// The path of the key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The nearest setting that exists.
        hint: String,
    },
    /// A setting whose value does not fit.
    #[error("`{key}` ({origin}): {problem}")]
    Invalid {
        /// The path of the key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// What is wrong.
        problem: String,
    },
    /// A setting without default was not given.
    #[error("`{key}` is not set; {hint}")]
    Missing {
        /// The path of the key.
        key: &'static str,
        /// How to set it.
        hint: &'static str,
    },
    /// The settings together would send tokens over plain HTTP.
    #[error(transparent)]
    Exposed(#[from] super::exposure::Exposed),
    /// The log was already set up.
    #[error("the log is already set up; call `logging::init` once, from `main`")]
    LogAlreadySetUp,
}
