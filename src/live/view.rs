//! One moment, as a decision sees it.

use std::{collections::HashMap, sync::Arc};

use super::{
    Live,
    composed::ComposedStanding,
    log::Moment,
    record::{Dependency, Record, RecordCache, Sources, Stamped},
};
use crate::{
    crypto::key_ring::KeyRing,
    domain::{
        api_key::ApiKey,
        assignment::{Assignment, Reach},
        ids::{ApiKeyId, ResourceServerId, TokenId},
        key_pair::PublicId,
        resource_server::ResourceServer,
        rights::Standing,
        site::Site,
        time::Timestamp,
        user::User,
    },
    store::{Error, key_pairs::PairOwner},
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

type Found<T> = Result<Option<Arc<T>>, Interrupted>;

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

    /// An API key with everything that its rights rest on.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn standing(&self, id: ApiKeyId) -> Found<ComposedStanding> {
        let cached = self.live.records.standings.get(&id);
        if let Some(composed) = cached.filter(|composed| composed.is_valid_at(&self.moment, &self.live.log)) {
            return Ok(Some(composed));
        }
        let mut parts = Parts { view: self, dependencies: Vec::new() };
        let Some(key) = parts.take(&self.live.records.api_keys, id).await? else { return Ok(None) };
        let standing = parts.standing(key).await?;
        let composed = ComposedStanding::new(standing, &self.moment, parts.dependencies);
        self.live.records.standings.insert(id, Arc::clone(&composed));
        Ok(Some(composed))
    }

    async fn get<T: Record>(&self, cache: &RecordCache<T>, key: T::Key) -> Result<Stamped<T>, Interrupted> {
        let sources = Sources {
            moment: &self.moment,
            log: &self.live.log,
            executor: &self.live.executor,
            master: &self.live.master,
        };
        cache.get(key, &sources).await
    }
}

fn missing(what: &str) -> Interrupted {
    Interrupted::Unavailable(Error::Unavailable(format!("{what}; run `keystead init`")))
}

/// Collects records and remembers which ones.
struct Parts<'a, 'b> {
    view: &'b View<'a>,
    dependencies: Vec<Dependency>,
}

impl Parts<'_, '_> {
    async fn take<T: Record>(&mut self, cache: &RecordCache<T>, key: T::Key) -> Found<T> {
        let stamped = self.view.get(cache, key).await?;
        self.dependencies.push(stamped.dependency());
        Ok(stamped.into_value())
    }

    async fn standing(&mut self, key: Arc<ApiKey>) -> Result<Standing, Interrupted> {
        let records = &self.view.live.records;
        // A key whose space is gone in a newer state than the key's: the records do not belong together.
        let space = self.take(&records.spaces, key.space).await?.ok_or(Interrupted::Moved)?;
        let owner = match key.owner.user() {
            None => None,
            Some(id) => self.take(&records.users, id).await?,
        };
        let (roles, workspaces) = (HashMap::new(), HashMap::new());
        let mut standing = Standing { key, space, owner, roles, workspaces, all_workspaces: None };
        for assignment in assignments(&standing.key, standing.owner.as_deref()) {
            if let Some(role) = self.take(&records.roles, assignment.role).await? {
                standing.roles.insert(assignment.role, role);
            }
            match assignment.reach {
                Reach::Space => {}
                Reach::Workspace(id) => {
                    if let Some(workspace) = self.take(&records.workspaces, id).await? {
                        standing.workspaces.insert(id, workspace);
                    }
                }
                Reach::AllWorkspaces => {
                    standing.all_workspaces = self.take(&records.open_workspaces, standing.space.id).await?;
                }
            }
        }
        Ok(standing)
    }
}

fn assignments(key: &ApiKey, owner: Option<&User>) -> Vec<Assignment> {
    let of_owner = owner.map(|user| user.roles.as_slice()).unwrap_or_default();
    key.roles.iter().chain(of_owner.iter().filter(|given| given.space == key.space)).copied().collect()
}
