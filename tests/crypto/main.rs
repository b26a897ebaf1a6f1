//! The crypto layer: what it accepts is exactly what it makes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that meets the unexpected must fail, helpers outside of #[test] included"
)]

mod audit_chain;
mod jwks;
mod jwt_claims;
mod jwt_form;
mod jwt_header;
mod keyed_hash;
mod master_key;
mod password;
mod scanning;
mod sealed;
mod secret_text;
mod site;
