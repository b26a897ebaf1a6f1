//! The site: one installation with one issuer.

use super::{
    audience::Audience,
    condition::{Condition, Question},
    ids::ResourceServerId,
    scope::RegisteredScope,
    sequence::Seq,
};

/// What decisions need to know of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Audience of a token whose request named no resource (RFC 9068 section 3).
    pub default_audience: Audience,
    /// Everything of the site made before is dead.
    pub cut_off: Seq,
    /// Every audience of the site and the resource server that it belongs to.
    pub audiences: Vec<ServedAudience>,
    /// Scopes that resource servers registered.
    pub scopes: Vec<RegisteredScope>,
    /// Some key was brought along from another system. It stays true when the last of them has gone, until the site changes.
    pub has_imported_clients: bool,
}

/// An audience, whose it is, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedAudience {
    /// The audience.
    pub audience: Audience,
    /// The resource server that it belongs to.
    pub resource_server: ResourceServerId,
    /// The change from which on: tokens made before are for nobody.
    pub since: Seq,
}

impl Site {
    /// Whether some resource server answers to this audience.
    #[must_use]
    pub fn knows(&self, audience: &str) -> bool {
        self.served(audience).is_some()
    }

    /// Whether a token for this audience that was made at `made_at` is for whoever serves it now: what a resource server lost
    /// and got back does not bring its old tokens back (ruling 17).
    #[must_use]
    pub fn audience_kept(&self, audience: &str, made_at: Seq) -> Condition {
        let condition = |served: &ServedAudience| {
            Condition::new(Question::AudienceKept, served.since <= made_at).with_change(served.since)
        };
        self.served(audience).map_or(Condition::new(Question::AudienceKept, true), condition)
    }

    /// Who serves this audience, and since when.
    #[must_use]
    pub fn served(&self, audience: &str) -> Option<&ServedAudience> {
        self.audiences.iter().find(|served| served.audience.as_str() == audience)
    }

    /// The scopes that mean something at this audience (JW-05).
    pub fn scopes_at(&self, audience: &str) -> impl Iterator<Item = &RegisteredScope> {
        let owner = self.served(audience).map(|served| served.resource_server);
        self.scopes.iter().filter(move |scope| Some(scope.resource_server) == owner)
    }
}
