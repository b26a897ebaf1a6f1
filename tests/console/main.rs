//! The console over HTTP, on both databases: what each page shows to whom, what its form does, and what another party
//! sees of that afterwards.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod charts;
mod clients;
mod every_address;
mod few_queries;
mod inspect;
mod keys;
mod logins_of_users;
mod people;
mod person;
mod plans;
mod roles;
mod roles_of_users;
mod settings;
mod site;
mod users;
mod workspaces;
