//! The REST API over HTTP, as programs meet it that manage a site.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod application_approvals;
mod application_rights;
mod application_values;
mod applications;
mod audit_actions;
mod audit_export;
mod audit_of_operations;
mod audit_pages;
mod authentication;
mod authorized_applications;
mod bodies;
mod caller;
mod conditions;
mod documents;
mod events;
mod every_operation;
mod explain;
mod idempotency;
mod integrations;
mod internal_keys;
mod invitations;
mod key_conditions;
mod key_creation;
mod key_escalation;
mod key_import;
mod key_life;
mod key_moves;
mod key_pairs;
mod key_queries;
mod key_reports;
mod key_rights;
mod key_roles;
mod key_world;
mod keys_of_users;
mod leaks;
mod lists;
mod noted;
mod owners_who_cannot_log_in;
mod pair_policy;
mod passwords;
mod reach;
mod resource_servers;
mod rights_table;
mod roles;
mod roles_of_users;
mod routes;
mod spaces;
mod users;
mod webhooks;
mod workspaces;
