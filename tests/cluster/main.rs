//! Whole installations of real processes: servers, the command line beside them, clients of others, and what happens when
//! one of them is killed, frozen or cut off.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod another_process;
mod audit_chain;
mod crash;
mod crash_between_statements;
mod demo;
mod figures;
mod imported_secrets;
mod installation;
mod logs;
mod nodes;
mod outage;
mod secrets;
mod state_changes;
mod third_party;
mod tls;
mod tls_client;
