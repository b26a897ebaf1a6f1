//! Secrets, hashes, sealing, signatures and randomness.
//!
//! Nothing here knows the database or HTTP. All primitives come from `aws-lc-rs` and `argon2`; this module decides how
//! they are put together and refuses everything that is not exactly what Keystead itself makes.

pub mod audit_chain;
mod hashing_threads;
pub mod imported_secret;
pub mod jwt;
pub mod key_ring;
pub mod keyed_hash;
mod low_s;
pub mod master_key;
pub mod password;
pub mod process_key;
pub mod random;
pub mod sealed;
pub mod secret_text;
pub mod signing;
pub mod strict_json;
pub mod successor;
pub mod webhook_signature;

/// Names `aws-lc-rs` as the one provider of `jsonwebtoken` and of `rustls`. First thing in `main` and in every test
/// program; calling it again changes nothing.
pub fn install_provider() {
    // An error only says that a provider is installed already.
    jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default().ok();
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}
