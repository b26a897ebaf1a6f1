//! The REST API over HTTP, as programs meet it that manage a site.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod authentication;
mod bodies;
mod caller;
mod conditions;
mod documents;
mod every_operation;
mod idempotency;
mod lists;
mod rights_table;
mod routes;
mod workspaces;
