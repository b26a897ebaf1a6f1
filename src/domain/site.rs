//! The site: one installation with one issuer.

use super::{audience::Audience, ids::ResourceServerId, scope::RegisteredScope, sequence::Seq};

/// What decisions need to know of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Audience of a token whose request named no resource (RFC 9068 section 3).
    pub default_audience: Audience,
    /// Everything of the site made before is dead.
    pub cut_off: Seq,
    /// Every audience of the site and the resource server that it belongs to.
    pub audiences: Vec<(Audience, ResourceServerId)>,
    /// Scopes that resource servers registered.
    pub scopes: Vec<RegisteredScope>,
}

impl Site {
    /// Whether some resource server answers to this audience.
    #[must_use]
    pub fn knows(&self, audience: &str) -> bool {
        self.audiences.iter().any(|(known, _)| known.as_str() == audience)
    }

    /// The scopes that mean something at this audience (JW-05).
    pub fn scopes_at(&self, audience: &str) -> impl Iterator<Item = &RegisteredScope> {
        let owner = self.audiences.iter().find(|(known, _)| known.as_str() == audience).map(|(_, owner)| *owner);
        self.scopes.iter().filter(move |scope| Some(scope.resource_server) == owner)
    }
}
