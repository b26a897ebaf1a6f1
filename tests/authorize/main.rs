//! "Log in with" over HTTP and on both databases: from an authorization request to tokens that end when they should.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod smoke;
