//! The OAuth endpoints over HTTP, as clients and resource servers meet them.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod client_authentication;
mod client_credentials;
mod decoded;
mod forged_tokens;
mod http_hygiene;
mod introspect;
mod key_pairs;
mod key_set;
mod lifecycle;
mod metadata;
mod revoke;
mod rights_in_tokens;
mod smoke;
mod token_errors;
mod verify;
