//! The pages that people log in with, over HTTP and on both databases.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod enumeration;
mod flood;
mod forgotten;
mod forms;
mod headers;
mod invitations;
mod links;
mod logins;
mod passwords;
mod sessions;
mod throttling;

use support::browser;
