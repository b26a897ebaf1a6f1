//! The OAuth endpoints over HTTP, as clients and resource servers meet them.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod forged_tokens;
mod introspect;
mod lifecycle;
mod revoke;
mod smoke;
mod verify;
