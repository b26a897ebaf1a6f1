//! Turning columns into values of the domain. A value that cannot be read names its table and column.

use std::time::Duration;

use super::{error::Error, types::DbId};
use crate::domain::{
    audience::Audience,
    key_pair::{KeptSecret, SecretHash},
    sequence::Mark,
    text_enum::TextEnum,
    user_scope::{UserScope, UserScopes},
};

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

/// The three columns that keep a secret: its public part, the pepper, the hash.
pub(super) type SecretColumns = (String, DbId, Vec<u8>);

/// What is kept of a secret.
pub(super) fn secret(table: &'static str, (public_id, pepper, hash): SecretColumns) -> Result<KeptSecret, Error> {
    let hash = hash.try_into().map_err(|_| Error::corrupt(table, "secret_hash", "not 32 bytes"))?;
    Ok(KeptSecret {
        public_id: parsed(table, "public_id", &public_id, str::parse)?,
        hash: SecretHash { pepper: pepper.to(), hash },
    })
}

/// A scope that users give.
pub(super) fn user_scope(table: &'static str, text: &str) -> Result<UserScope, Error> {
    UserScope::parse(text).ok_or_else(|| Error::corrupt(table, "scope", text))
}

/// A list of scopes that users give, as it stands in tokens.
pub(super) fn user_scopes(table: &'static str, text: &str) -> Result<UserScopes, Error> {
    if text.is_empty() {
        return Ok(UserScopes::default());
    }
    parsed(table, "scope", text, UserScopes::parse)
}

/// A list of audiences, separated by spaces, which none of them has.
pub(super) fn audiences(table: &'static str, text: &str) -> Result<Vec<Audience>, Error> {
    text.split(' ').filter(|one| !one.is_empty()).map(|one| parsed(table, "resources", one, Audience::parse)).collect()
}
