//! Turning columns into values of the domain. A value that cannot be read names its table and column.

use std::time::Duration;

use super::error::Error;
use crate::domain::{sequence::Mark, text_enum::TextEnum};

/// A word of an enum.
pub(super) fn word<T: TextEnum>(table: &'static str, column: &'static str, text: &str) -> Result<T, Error> {
    T::parse(text).map_err(|_| Error::corrupt(table, column, text))
}

/// A value with a form of its own.
pub(super) fn parsed<T, E>(
    table: &'static str,
    column: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Error> {
    parse(text).map_err(|_| Error::corrupt(table, column, text))
}

/// The mark of a change.
pub(super) fn mark(bytes: Vec<u8>) -> Result<Mark, Error> {
    let bytes = bytes.try_into().map_err(|_| Error::corrupt("changes", "mark", "not 16 bytes"))?;
    Ok(Mark(bytes))
}

/// A length of time in whole seconds.
pub(super) fn seconds(seconds: Option<i64>) -> Option<Duration> {
    seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs)
}
