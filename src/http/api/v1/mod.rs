//! The operations of the API, one file for each kind of thing.

mod me;
mod workspaces;

use super::operation::Operation;

/// All rows of all files.
pub(super) fn operations() -> Vec<Operation> {
    [me::operations(), workspaces::operations()].into_iter().flatten().collect()
}
