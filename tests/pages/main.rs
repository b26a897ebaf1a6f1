//! The pages that people log in with, over HTTP and on both databases.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod logins;

use support::browser;
