//! The console over HTTP, on both databases: what each page shows to whom, what its form does, and what another party
//! sees of that afterwards.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod inspect;
mod keys;
mod person;
