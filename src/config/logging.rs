//! The log: one line an event, on standard error.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
};

use serde::Deserialize;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::error::ConfigError;
use crate::domain::text_enum::text_enum;

/// Target of our own events.
const OURS: &str = "keystead";

/// Target of the lines of the access log.
pub const ACCESS_LOG: &str = "keystead::access";

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
    /// Whether each request gets a line.
    pub access: bool,
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
    let (wanted, filter) = (tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE), filter(log));
    let builder = wanted.with_writer(|| OneLine);
    let done = match log.format {
        LogFormat::Text => builder.finish().with(filter).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().with(filter).try_init(),
    };
    done.map_err(|_| ConfigError::LogAlreadySetUp)
}

/// What is written: our own events down to the level, of what others do no more than warnings, since nobody has checked what
/// their lines hold. The access log has a switch of its own.
fn filter(log: Log) -> Targets {
    let level = LevelFilter::from(log.level);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(OURS, level)
        .with_target(ACCESS_LOG, if log.access { LevelFilter::INFO } else { LevelFilter::OFF })
}

/// Writes each event as one line of standard error, whatever it holds (K13).
struct OneLine;

impl Write for OneLine {
    /// An event is written by one call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(one_line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The event with whatever ends lines or moves a cursor written as JSON escapes it.
fn one_line(event: &str) -> Cow<'_, str> {
    let line = event.strip_suffix('\n').unwrap_or(event);
    if !line.contains(disturbs) {
        return Cow::Borrowed(event);
    }
    let mut escaped = String::with_capacity(line.len().saturating_add(16));
    for character in line.chars() {
        if disturbs(character) {
            // Writing into a string cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped.push('\n');
    Cow::Owned(escaped)
}

/// Control characters, further ends of lines, and those that turn the direction of writing.
fn disturbs(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: K13
    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        assert_eq!(one_line("a plain event\n"), "a plain event\n");
        assert_eq!(one_line("name=x\n{\"event\":1}\r\u{1b}[2J\n"), "name=x\\u000a{\"event\":1}\\u000d\\u001b[2J\n");
        assert_eq!(one_line("\u{85}\u{2028}\u{202e}é\n"), "\\u0085\\u2028\\u202eé\n");
    }
}
