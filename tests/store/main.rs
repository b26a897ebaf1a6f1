//! The store on both databases: what the tables refuse, and what changes, snapshots and reads of the head promise.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod audit_chain;
mod audit_folds;
mod audit_plans;
mod audit_retention;
mod audit_tampering;
mod audit_triggers;
mod catalogue;
mod chained_site;
mod changes;
mod connections;
mod executor;
mod forger;
mod group_commit;
mod guards;
mod head_reader;
mod key_material;
mod migrations;
mod pair_uses;
mod queries;
mod query_log;
mod refusals;
mod revoked_tokens;
mod schema_parity;
mod snapshots;
mod sql;
mod upkeep;
mod words;
mod world;
