//! The command line as people and scripts use it: the built program, its output and its exit codes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod demo;
mod keys;
mod refusals;
mod signing_keys;
mod site;
mod support;
