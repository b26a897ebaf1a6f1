//! Which records there are and how each is loaded.

use super::{
    composed::{ComposedGrant, ComposedStanding},
    record::{Record, RecordCache},
};
use crate::{
    crypto::{
        key_ring::{KeyRing, RingKey},
        keyed_hash::{Pepper, Peppers},
        sealed::MasterKey,
    },
    domain::{
        api_key::ApiKey,
        application::Application,
        change::Subject,
        grant::{Family, Grant},
        grant_standing::Approval,
        ids::{ApiKeyId, ApplicationId, FamilyId, GrantId, ResourceServerId, RoleId, SpaceId, UserId, WorkspaceId},
        imported_client::ImportedClientId,
        key_pair::{PairOwner, PublicId},
        resource_server::ResourceServer,
        rights::OpenWorkspaces,
        role::Role,
        site::Site,
        space::Space,
        user::User,
        workspace::Workspace,
    },
    store::{
        Error, Snapshot, api_keys, applications, families, grants, imported_clients,
        imported_clients::{ImportedClient, ImportedSecretHash},
        key_pairs, resource_servers, roles, signing_keys, site, spaces,
        transaction::Reads,
        users, workspaces,
    },
};
use quick_cache::sync::Cache;
use std::sync::Arc;

/// All caches.
pub(super) struct Records {
    pub(super) site: RecordCache<Site>,
    pub(super) key_ring: RecordCache<KeyRing>,
    pub(super) spaces: RecordCache<Space>,
    pub(super) workspaces: RecordCache<Workspace>,
    pub(super) open_workspaces: RecordCache<OpenWorkspaces>,
    pub(super) roles: RecordCache<Role>,
    pub(super) users: RecordCache<User>,
    pub(super) api_keys: RecordCache<ApiKey>,
    pub(super) resource_servers: RecordCache<ResourceServer>,
    pub(super) pair_owners: RecordCache<PairOwner>,
    pub(super) imported_clients: RecordCache<ImportedClient>,
    pub(super) imported_secrets: RecordCache<ImportedSecretHash>,
    pub(super) applications: RecordCache<Application>,
    pub(super) approvals: RecordCache<Approval>,
    pub(super) grants: RecordCache<Grant>,
    pub(super) families: RecordCache<Family>,
    pub(super) standings: Cache<ApiKeyId, Arc<ComposedStanding>>,
    pub(super) grant_standings: Cache<GrantId, Arc<ComposedGrant>>,
}

impl Records {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            site: RecordCache::new(16),
            key_ring: RecordCache::new(16),
            spaces: RecordCache::new(capacity),
            workspaces: RecordCache::new(capacity),
            open_workspaces: RecordCache::new(capacity),
            roles: RecordCache::new(capacity),
            users: RecordCache::new(capacity),
            api_keys: RecordCache::new(capacity),
            resource_servers: RecordCache::new(capacity),
            pair_owners: RecordCache::new(capacity),
            imported_clients: RecordCache::new(capacity),
            imported_secrets: RecordCache::new(capacity),
            applications: RecordCache::new(capacity),
            approvals: RecordCache::new(capacity),
            grants: RecordCache::new(capacity),
            families: RecordCache::new(capacity),
            standings: Cache::new(capacity),
            grant_standings: Cache::new(capacity),
        }
    }
}

macro_rules! record {
    ($type:ty, $key:ty, $subject:expr, $find:path) => {
        impl Record for $type {
            type Key = $key;

            fn subject(key: $key) -> Subject {
                $subject(key)
            }

            fn load(tx: &mut Snapshot<'_>, key: $key, _: &MasterKey) -> Result<Option<Self>, Error> {
                $find(tx, key)
            }
        }
    };
}

record!(Space, SpaceId, Subject::Space, spaces::find);
record!(Workspace, WorkspaceId, Subject::Workspace, workspaces::find);
record!(OpenWorkspaces, SpaceId, Subject::Space, workspaces::open_of_space);
record!(Role, RoleId, Subject::Role, roles::find);
record!(User, UserId, Subject::User, users::find);
record!(ApiKey, ApiKeyId, Subject::ApiKey, api_keys::find);
record!(ResourceServer, ResourceServerId, Subject::ResourceServer, resource_servers::find);
record!(PairOwner, PublicId, Subject::Pair, key_pairs::find_owner);
record!(ImportedSecretHash, PublicId, Subject::Pair, imported_clients::find_secret);
record!(Application, ApplicationId, Subject::Application, applications::find);
record!(Grant, GrantId, Subject::Grant, grants::find);
record!(Family, FamilyId, Subject::Family, families::find);

impl Record for ImportedClient {
    type Key = ImportedClientId;

    fn subject(id: ImportedClientId) -> Subject {
        Subject::ImportedClient(id.fingerprint())
    }

    fn load(tx: &mut Snapshot<'_>, id: ImportedClientId, _: &MasterKey) -> Result<Option<Self>, Error> {
        imported_clients::find(tx, &id)
    }
}

impl Record for Approval {
    type Key = (SpaceId, ApplicationId);

    fn subject((space, _): Self::Key) -> Subject {
        Subject::Space(space)
    }

    fn load(tx: &mut Snapshot<'_>, (space, id): Self::Key, _: &MasterKey) -> Result<Option<Self>, Error> {
        applications::approval(tx, space, id).map(Some)
    }
}

impl Record for Site {
    type Key = ();

    fn subject((): ()) -> Subject {
        Subject::Site
    }

    fn load(tx: &mut Snapshot<'_>, (): (), _: &MasterKey) -> Result<Option<Self>, Error> {
        site::find(tx)
    }
}

impl Record for KeyRing {
    type Key = ();

    fn subject((): ()) -> Subject {
        Subject::KeyRing
    }

    fn load(tx: &mut Snapshot<'_>, (): (), master: &MasterKey) -> Result<Option<Self>, Error> {
        open_ring(tx, master).map(Some)
    }
}

/// The keys and peppers that count in this transaction. A key that cannot be opened is trouble, and without a pepper there is
/// no ring.
///
/// # Errors
/// Those of the database; [`Error::Unavailable`] if a key cannot be opened.
pub fn open_ring(tx: &mut impl Reads, master: &MasterKey) -> Result<KeyRing, Error> {
    let unusable = |error: &dyn std::error::Error| Error::Unavailable(error.to_string());
    let peppers = signing_keys::peppers(tx)?
        .iter()
        .map(|kept| Pepper::open(kept.id, &kept.sealed, master).map_err(|error| unusable(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    let peppers = Peppers::newest_first(peppers).map_err(|error| unusable(&error))?;
    let keys = signing_keys::all(tx)?
        .into_iter()
        .filter(|kept| kept.facts.state.is_published())
        .map(|kept| RingKey::open(kept.facts, &kept.sealed, master).map(Arc::new).map_err(|error| unusable(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(KeyRing::new(keys, Arc::new(peppers)))
}
