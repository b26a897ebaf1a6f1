//! The live view: no decision is older than the request that asked for it, whatever happens meanwhile.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod applications;
mod clock;
mod deciding;
mod freshness;
mod history;
mod model;
mod races;
mod races_of_keys;
