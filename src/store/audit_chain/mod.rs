//! The chain of audit events in the database: its head, sealing what was committed, deleting what is too old, and reading it
//! all again.

mod error;
mod head;
pub mod reading;
mod retention;
mod rows;
mod sealing;

pub use error::ChainError;
pub use head::{StoredHead, find, replace};
pub use retention::{Deleted, delete_older};
pub use sealing::{Backlog, Sealed, backlog, is_due, seal_some};
