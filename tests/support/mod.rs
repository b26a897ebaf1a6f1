//! Helpers shared by the test binaries.
//!
//! A file `tests/x.rs` includes them with `mod support;`, a file `tests/x/main.rs` with
//! `#[path = "../support/mod.rs"] mod support;`. Both begin with `#![cfg(test)]`, which tells clippy that all of their
//! code is test code, where a broken expectation may panic.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test binary compiles all helpers and uses the part it needs, so no `expect` could be right for all"
)]

pub mod applications;
pub mod backend;
pub mod browser;
pub mod canary;
pub mod credential;
pub mod explained;
pub mod http;
pub mod log_in_with;
pub mod noted;
pub mod postgres;
pub mod process;
pub mod queries;
pub mod site;
pub mod smtp;
