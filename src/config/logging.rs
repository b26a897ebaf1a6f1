//! The log: one line an event, on standard error.

use std::io;

use serde::Deserialize;
use tracing_subscriber::filter::LevelFilter;

use super::error::ConfigError;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Form of a line.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object.
        Json = "json",
    }
}

text_enum! {
    /// The least important events that are written.
    LogLevel {
        /// Trouble of our own.
        Error = "error",
        /// Trouble of a caller.
        Warn = "warn",
        /// Starts, stops and changes.
        Info = "info",
        /// For finding mistakes.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Form of a line.
    pub format: LogFormat,
    /// The least important events that are written.
    pub level: LogLevel,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// Sets up the log of the process. Only `main` calls it.
///
/// # Errors
/// [`ConfigError::LogAlreadySetUp`] at the second call.
pub fn init(log: Log) -> Result<(), ConfigError> {
    let builder = tracing_subscriber::fmt().with_max_level(LevelFilter::from(log.level)).with_writer(io::stderr);
    let done = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    done.map_err(|_| ConfigError::LogAlreadySetUp)
}
