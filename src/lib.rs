//! Keystead: an OAuth 2.0 authorization server and API access manager for products whose customers work in spaces and
//! workspaces.
//!
//! The layers, each of which uses only what stands to its left (`tests/architecture.rs` enforces it):
//!
//! ```text
//! domain  <  metrics  <  crypto  <  config  <  store  <  live  <  oauth, manage  <  http, jobs  <  cli
//! ```

pub mod cli;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod live;
pub mod manage;
pub mod metrics;
pub mod oauth;
pub mod store;
