//! Whom a use or a denial is about: a client that is known, with what it showed and on whose authority it acts.

use super::{
    access_token::{Acts, Basis},
    application::Application,
    audit_event::{Actor, Credential},
    grant_standing::GrantStanding,
    ids::{SpaceId, UserId},
    key_pair::PublicId,
    resource_server::ResourceServer,
    rights::Standing,
};

/// A known client, as far as it can be told from what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Party {
    /// The client.
    pub actor: Actor,
    /// What it showed, if that is a credential of its own.
    pub credential: Credential,
    /// The user on whose authority it acts, or who owns it.
    pub authority: Option<UserId>,
    /// The space whose people may read of it.
    pub space: Option<SpaceId>,
}

impl Party {
    /// An API key, and the pair that was named with it.
    #[must_use]
    pub fn of_key(standing: &Standing, pair: Option<PublicId>) -> Self {
        Self {
            actor: Actor::ApiKey(standing.key.id),
            credential: pair.map_or(Credential::Unnamed, Credential::Pair),
            authority: standing.key.owner.user(),
            space: Some(standing.space.id),
        }
    }

    /// An application that acts for nobody yet.
    #[must_use]
    pub fn of_application(application: &Application, pair: Option<PublicId>) -> Self {
        Self {
            actor: Actor::Application(application.id),
            credential: pair.map_or(Credential::Unnamed, Credential::Pair),
            authority: application.owner,
            space: Some(application.space),
        }
    }

    /// A resource server. It belongs to the site.
    #[must_use]
    pub fn of_resource_server(server: &ResourceServer, pair: Option<PublicId>) -> Self {
        Self {
            actor: Actor::ResourceServer(server.id),
            credential: pair.map_or(Credential::Unnamed, Credential::Pair),
            authority: None,
            space: None,
        }
    }

    /// An application that acts for the user of this consent.
    #[must_use]
    pub fn of_grant(standing: &GrantStanding, pair: Option<PublicId>) -> Self {
        Self {
            actor: Actor::Application(standing.admission.application.id),
            credential: Credential::Grant { grant: standing.grant.id, pair },
            authority: Some(standing.admission.user.id),
            space: Some(standing.admission.home.id),
        }
    }

    /// The holder of a token that we signed. What the token rests on may be gone.
    #[must_use]
    pub fn of_token(acts: Acts, basis: Option<Basis<'_>>) -> Self {
        let pair = acts.credential().pair();
        match basis {
            Some(Basis::Key(standing)) => Self::of_key(standing, pair),
            Some(Basis::Grant(standing, _)) => Self::of_grant(standing, pair),
            None => {
                let actor = match acts {
                    Acts::Key { key, .. } => Actor::ApiKey(key),
                    Acts::Application { application, .. } => Actor::Application(application),
                };
                Self { actor, credential: acts.credential(), authority: None, space: None }
            }
        }
    }
}
