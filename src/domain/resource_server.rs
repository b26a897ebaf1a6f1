//! Resource servers: the clients that may introspect.

use super::{audience::Audience, ids::ResourceServerId, key_pair::KeyPair, name::Name, text_enum::text_enum};

text_enum! {
    /// Whether the resource server may call at all.
    ResourceServerState {
        /// It may.
        Active = "active",
        /// It may not.
        Disabled = "disabled",
    }
}

/// A client that may introspect tokens of the audiences it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceServer {
    /// Identifier; its text form is the OAuth `client_id`.
    pub id: ResourceServerId,
    /// As people see it.
    pub name: Name,
    /// Whether it may call.
    pub state: ResourceServerState,
    /// Whether it may introspect presented API keys (ruling 8).
    pub accepts_api_keys: bool,
    /// Audiences it serves: tokens for any other are inactive to it (ruling 11).
    pub audiences: Vec<Audience>,
    /// Its credentials, at most two.
    pub pairs: Vec<KeyPair>,
}

impl ResourceServer {
    /// Whether it serves this audience.
    #[must_use]
    pub fn serves(&self, audience: &str) -> bool {
        self.audiences.iter().any(|own| own.as_str() == audience)
    }
}
