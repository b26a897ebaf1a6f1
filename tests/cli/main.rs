//! The command line as people and scripts use it: the built program, its output and its exit codes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod acting_as;
mod applications;
mod audit;
mod audit_chain;
mod demo;
mod exceeding;
mod explain;
mod first_space;
mod guests;
mod key_import;
mod key_verbs;
mod keys;
mod people;
mod places;
mod refusals;
mod reports;
mod resource_servers;
mod rights;
mod roles;
mod signing_keys;
mod site;
mod support;
mod user_roles;
mod users;
mod webhooks;
