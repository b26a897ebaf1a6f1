//! The places where an error becomes a response.

pub mod oauth;
