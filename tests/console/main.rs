//! The console over HTTP, on both databases: what each page shows to whom, what its form does, and what another party
//! sees of that afterwards.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod few_queries;
mod audit;
mod charts;
mod keys;
mod logins_of_users;
mod people;
mod person;
mod plans;
mod roles_of_users;
mod users;
mod workspaces;
mod settings;
mod site;
mod roles;
