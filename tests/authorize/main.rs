//! "Log in with" over HTTP and on both databases: from an authorization request to tokens that end when they should.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod asked_again;
mod asking;
mod between;
mod consent_form;
mod faults;
mod first_party;
mod pages;
mod policy;
mod prompts;
mod pushed;
mod redirects;
mod registration;
mod resources;
mod smoke;
