//! One moment, as a decision sees it.

use std::sync::Arc;

use super::{
    Live,
    composed::{Composed, ComposedGrant, ComposedStanding},
    log::Moment,
    parts::Parts,
    record::{Record, RecordCache, Sources, Stamped},
    records::Records,
};
use crate::{
    crypto::key_ring::KeyRing,
    domain::{
        application::Application,
        grant::Family,
        grant_standing::Admission,
        ids::{ApiKeyId, ApplicationId, FamilyId, GrantId, ResourceServerId, SpaceId, TokenId, UserId},
        imported_client::ImportedClientId,
        key_pair::{PairOwner, PublicId},
        resource_server::ResourceServer,
        site::Site,
        space::Space,
        time::Timestamp,
        user::User,
    },
    store::{
        Error,
        imported_clients::{ImportedClient, ImportedSecretHash},
    },
};

/// Why a decision cannot go on at its moment.
#[derive(Debug)]
pub enum Interrupted {
    /// A record is newer than the moment: decide again at a newer one.
    Moved,
    /// The database does not answer.
    Unavailable(Error),
}

/// Everything at one moment.
pub struct View<'a> {
    live: &'a Live,
    moment: Moment,
}

/// What a look-up brings: the record as it is at the moment, or that there is none.
pub(super) type Found<T> = Result<Option<Arc<T>>, Interrupted>;

impl<'a> View<'a> {
    pub(super) const fn new(live: &'a Live, moment: Moment) -> Self {
        Self { live, moment }
    }

    /// The moment.
    #[must_use]
    pub const fn moment(&self) -> &Moment {
        &self.moment
    }

    /// The site.
    ///
    /// # Errors
    /// [`Interrupted`]; a database without a site counts as unavailable.
    pub async fn site(&self) -> Result<Arc<Site>, Interrupted> {
        self.get(&self.live.records.site, ()).await?.into_value().ok_or_else(|| missing("the site is not initialized"))
    }

    /// Signing keys and peppers.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn key_ring(&self) -> Result<Arc<KeyRing>, Interrupted> {
        self.get(&self.live.records.key_ring, ()).await?.into_value().ok_or_else(|| missing("the site has no keys"))
    }

    /// The client that a public id belongs to.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn pair_owner(&self, public_id: PublicId) -> Result<Option<PairOwner>, Interrupted> {
        Ok(self.get(&self.live.records.pair_owners, public_id).await?.into_value().map(|owner| *owner))
    }

    /// The key that an id from another system belongs to.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn imported_client(&self, id: &ImportedClientId) -> Result<Option<ApiKeyId>, Interrupted> {
        let found = self.get(&self.live.records.imported_clients, id.clone()).await?.into_value();
        Ok(found.map(|client| {
            let ImportedClient(key) = *client;
            key
        }))
    }

    /// What is kept of the secret of a pair that was brought along; none if it was generated here.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn imported_secret(&self, pair: PublicId) -> Found<ImportedSecretHash> {
        Ok(self.get(&self.live.records.imported_secrets, pair).await?.into_value())
    }

    /// A resource server.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn resource_server(&self, id: ResourceServerId) -> Found<ResourceServer> {
        Ok(self.get(&self.live.records.resource_servers, id).await?.into_value())
    }

    /// Whether the token was revoked by itself.
    #[must_use]
    pub fn is_revoked(&self, token: TokenId, expires_at: Timestamp) -> bool {
        self.live.log.is_revoked(token, expires_at)
    }

    /// A space.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn space(&self, id: SpaceId) -> Found<Space> {
        Ok(self.get(&self.live.records.spaces, id).await?.into_value())
    }

    /// A user.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn user(&self, id: UserId) -> Found<User> {
        Ok(self.get(&self.live.records.users, id).await?.into_value())
    }

    /// An application.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn application(&self, id: ApplicationId) -> Found<Application> {
        Ok(self.get(&self.live.records.applications, id).await?.into_value())
    }

    /// The tokens of one authorization; none if it was ended.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn family(&self, id: FamilyId) -> Found<Family> {
        Ok(self.get(&self.live.records.families, id).await?.into_value())
    }

    /// An API key with everything that its rights rest on.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn standing(&self, id: ApiKeyId) -> Found<ComposedStanding> {
        if let Some(composed) = self.standing_in_memory(id) {
            return Ok(Some(composed));
        }
        let mut parts = Parts::new(self);
        let Some(standing) = parts.standing(id).await? else { return Ok(None) };
        let held = standing.held_roles();
        let composed = Composed::new(standing, held, &self.moment, parts.into_dependencies());
        self.live.records.standings.insert(id, Arc::clone(&composed));
        Ok(Some(composed))
    }

    /// The same if it is in memory: for what may cost no read.
    #[must_use]
    pub fn standing_in_memory(&self, id: ApiKeyId) -> Option<Arc<ComposedStanding>> {
        let cached = self.live.records.standings.get(&id);
        cached.filter(|composed| composed.is_valid_at(&self.moment, &self.live.log))
    }

    /// A consent with everything that it and the user's rights rest on.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn grant_standing(&self, id: GrantId) -> Found<ComposedGrant> {
        let cached = self.live.records.grant_standings.get(&id);
        if let Some(composed) = cached.filter(|composed| composed.is_valid_at(&self.moment, &self.live.log)) {
            return Ok(Some(composed));
        }
        let mut parts = Parts::new(self);
        let Some(standing) = parts.grant_standing(id).await? else { return Ok(None) };
        let held = standing.held_roles();
        let composed = Composed::new(standing, held, &self.moment, parts.into_dependencies());
        self.live.records.grant_standings.insert(id, Arc::clone(&composed));
        Ok(Some(composed))
    }

    /// What decides whether the user may authorize the application; none if one of them is gone.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn admission(&self, application: ApplicationId, user: UserId) -> Result<Option<Admission>, Interrupted> {
        Parts::new(self).admission(application, user).await
    }

    pub(super) const fn records(&self) -> &'a Records {
        &self.live.records
    }

    pub(super) async fn get<T: Record>(&self, cache: &RecordCache<T>, key: T::Key) -> Result<Stamped<T>, Interrupted> {
        let sources = Sources {
            moment: &self.moment,
            log: &self.live.log,
            executor: &self.live.executor,
            master: &self.live.master,
            counts: &self.live.counts,
        };
        cache.get(key, &sources).await
    }
}

fn missing(what: &str) -> Interrupted {
    Interrupted::Unavailable(Error::Unavailable(format!("{what}; run `keystead init`")))
}
