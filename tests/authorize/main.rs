//! "Log in with" over HTTP and on both databases: from an authorization request to tokens that end when they should.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod asked_again;
mod asking;
mod audit;
mod between;
mod codes;
mod consent_form;
mod ending;
mod ending_races;
mod explained;
mod faults;
mod first_party;
mod noted;
mod one_time_objects;
mod pages;
mod policy;
mod prompts;
mod pushed;
mod redeem_races;
mod redirects;
mod refresh;
mod refresh_scope;
mod registration;
mod resources;
mod smoke;
mod user_tokens;
mod user_tokens_at_api;
mod userinfo;
mod world;
