//! What can go wrong in the database, in the words of the store.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// Why the database did not do what was asked.
#[derive(Debug, Error)]
pub enum Error {
    /// It cannot be reached, is too busy, or failed; nothing was changed. Trying again later may help.
    #[error("the database did not answer: {0}")]
    Unavailable(String),
    /// A row with the same unique value is already there.
    #[error("a row with the same value already exists")]
    Duplicate,
    /// A row that was referred to is not there, or a rule of the tables forbids the change.
    #[error("the tables refuse this: {0}")]
    Refused(String),
    /// What stands in a row cannot be read.
    #[error("table {table}, column {column}: `{value}` cannot be read; the database was changed by something else")]
    Corrupt {
        /// Table of the row.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers; nothing was changed")]
    NoRandomness,
    /// The tables are older or newer than this program.
    #[error("{0}")]
    WrongSchema(String),
}

impl Error {
    /// A value in a row that cannot be read.
    pub(super) fn corrupt(table: &'static str, column: &'static str, value: impl Into<String>) -> Self {
        Self::Corrupt { table, column, value: value.into() }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Duplicate,
            DieselError::DatabaseError(
                kind @ (DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::RestrictViolation),
                _,
            ) => Self::Refused(format!("{kind:?}")),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<r2d2::Error> for Error {
    fn from(error: r2d2::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
