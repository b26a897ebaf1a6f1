//! Clients that a test can act as.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keystead::domain::{
    ids::{ApiKeyId, ResourceServerId},
    key_pair::PublicId,
};

/// A client that a test can act as.
#[derive(Debug, Clone)]
pub struct Credential {
    pub client_id: String,
    pub public_id: PublicId,
    pub secret: String,
}

impl Credential {
    /// Id and secret, as requests take them.
    pub fn pair(&self) -> (&str, &str) {
        (&self.client_id, &self.secret)
    }

    /// The value of a header in the form of `Authorization: Basic`. Nothing in either half needs to be form-encoded.
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.client_id, self.secret)))
    }
}

/// The id of a key, from its text.
pub fn key_id(key: &Credential) -> ApiKeyId {
    key.client_id.parse().expect("the id of a key")
}

/// The id of a resource server, from its text.
pub fn resource_server_id(server: &Credential) -> ResourceServerId {
    server.client_id.parse().expect("the id of a resource server")
}
