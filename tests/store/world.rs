//! A small world: two spaces, each with a workspace, a role and a user, and an API key of the first with its first pair.

use keystead::{
    domain::{
        allowed_networks::AllowedNetworks,
        api_key::{ApiKey, KeyStatus, Mode, Owner},
        assignment::{Assignment, AssignmentSource, Reach},
        ids::{ApiKeyId, Id as _, KeyPairId, PepperId, SpaceId, UserId},
        key_pair::{KeyPair, SecretHash, Slot},
        name::{Description, Name},
        permission::{Level, PermissionClass},
        role::{Integration, Role, RoleHome, RoleName, RolePermission},
        sequence::Seq,
        space::{ApplicationPolicy, Space, SpaceKind, SpaceState},
        time::Timestamp,
        user::{AccountType, Login, User, UserProfile, UserState},
        workspace::{Workspace, WorkspaceState},
    },
    store::{
        Change, Error, Snapshot, Store, api_keys, key_pairs, roles,
        signing_keys::{self, SealedPepper},
        spaces, users, workspaces,
    },
};

/// A space and what is in it.
pub(crate) struct Place {
    pub(crate) space: SpaceId,
    pub(crate) workspace: Workspace,
    pub(crate) role: Role,
    pub(crate) user: UserId,
}

/// All of it.
pub(crate) struct World {
    pub(crate) home: Place,
    pub(crate) abroad: Place,
    pub(crate) pepper: PepperId,
    pub(crate) key: ApiKeyId,
    pub(crate) pair: KeyPairId,
}

impl World {
    /// Makes it in one change.
    pub(crate) fn make(store: &Store) -> Self {
        let made = change(store, |change| {
            let (home, abroad) = (Place::make(change, "home")?, Place::make(change, "abroad")?);
            let pepper = change.new_id();
            signing_keys::insert_pepper(change, &SealedPepper { id: pepper, sealed: b"sealed pepper".to_vec() })?;
            let key = api_key(change, home.space, Owner::Space);
            api_keys::insert(change, &key, "operator")?;
            let pair = pair(change, pepper, Slot::First);
            key_pairs::insert_for_api_key(change, home.space, key.id, &pair)?;
            Ok(Self { home, abroad, pepper, key: key.id, pair: pair.id })
        });
        made.expect("the world is made")
    }
}

impl Place {
    fn make(change: &mut Change<'_>, name: &str) -> Result<Self, Error> {
        let space = Space {
            id: change.new_id(),
            name: name_of(name),
            kind: SpaceKind::Production,
            state: SpaceState::Open,
            api_keys_supported: true,
            api_keys_enabled: true,
            key_creation_restricted: false,
            token_life: None,
            pair_life: None,
            sso_enabled: false,
            password_life: None,
            application_policy: ApplicationPolicy::Any,
            revoke_leaked_keys: false,
            cut_off: Seq::ZERO,
            keys_cut_off: Seq::ZERO,
        };
        spaces::insert(change, &space)?;
        let workspace = workspace(change, space.id, "plant")?;
        workspaces::insert(change, &workspace)?;
        let role = role(change, space.id, "welder");
        roles::insert(change, space.id, &role)?;
        let user = user(change, space.id);
        let login = Login::parse(&format!("somebody.{name}")).expect("a login");
        let profile = UserProfile {
            login,
            full_name: name_of("Somebody"),
            emails: Vec::new(),
            account_type: AccountType::Standard,
            created_at: change.now(),
        };
        users::insert(change, &user, &profile, None)?;
        Ok(Self { space: space.id, workspace, role, user: user.id })
    }

    /// Its role, held where `reach` says.
    pub(crate) fn assignment(&self, reach: Reach) -> Assignment {
        let source = AssignmentSource::Local;
        Assignment { space: self.space, role: self.role.id, reach, source, since: Seq::ZERO }
    }
}

/// A change whose errors are those of the store.
pub(crate) fn change<T>(store: &Store, body: impl FnOnce(&mut Change<'_>) -> Result<T, Error>) -> Result<T, Error> {
    store.change(body)
}

/// A snapshot whose errors are those of the store.
pub(crate) fn snapshot<T>(store: &Store, body: impl FnOnce(&mut Snapshot<'_>) -> Result<T, Error>) -> T {
    store.snapshot(body).expect("the database answers")
}

/// The key as the database has it.
pub(crate) fn key_in(store: &Store, id: ApiKeyId) -> ApiKey {
    snapshot(store, |tx| api_keys::find(tx, id)).expect("the key is there")
}

/// Some key, not yet in the database.
pub(crate) fn api_key(change: &mut Change<'_>, space: SpaceId, owner: Owner) -> ApiKey {
    ApiKey {
        id: change.new_id(),
        space,
        owner,
        name: name_of("key"),
        description: Description::default(),
        mode: Mode::Full,
        status: KeyStatus::Active,
        status_reason: None,
        internal: None,
        cut_off: Seq::ZERO,
        writes_since: Seq::ZERO,
        inherits_since: Seq::ZERO,
        roles: Vec::new(),
        pairs: Vec::new(),
        allowed_networks: AllowedNetworks::default(),
    }
}

/// Some pair that does not expire, not yet in the database.
pub(crate) fn pair(change: &mut Change<'_>, pepper: PepperId, slot: Slot) -> KeyPair {
    let id: KeyPairId = change.new_id();
    let digits = id.as_uuid().simple().to_string();
    KeyPair {
        id,
        slot,
        public_id: digits.split_at(16).1.parse().expect("16 digits"),
        secret: SecretHash { pepper, hash: [7; 32] },
        hint: "wxyz".to_owned(),
        created_at: Timestamp::from_micros(0),
        expires_at: None,
    }
}

/// Some workspace, not yet in the database.
pub(crate) fn workspace(change: &mut Change<'_>, space: SpaceId, name: &str) -> Result<Workspace, Error> {
    let number = workspaces::next_number(change)?;
    Ok(Workspace { id: change.new_id(), space, number, name: name_of(name), state: WorkspaceState::Open })
}

/// Some role of a space, not yet in the database.
pub(crate) fn role(change: &mut Change<'_>, space: SpaceId, name: &str) -> Role {
    Role {
        id: change.new_id(),
        home: RoleHome::Space(space),
        name: RoleName::parse(name).expect("a name of a role"),
        description: Description::default(),
        level: Level::Workspace,
        integration: Integration::None,
        admin_class: false,
        copied_from: None,
        permissions: vec![RolePermission { name: "data.read".to_owned(), class: PermissionClass::Read }],
    }
}

fn user(change: &mut Change<'_>, home: SpaceId) -> User {
    User {
        id: change.new_id(),
        home,
        state: UserState::Active,
        api_keys_enabled: true,
        password_set_at: None,
        sso_exempt: false,
        cut_off: Seq::ZERO,
        keys_cut_off: Seq::ZERO,
        logins_cut_off: Seq::ZERO,
        roles: Vec::new(),
    }
}

/// A name.
pub(crate) fn name_of(text: &str) -> Name {
    Name::parse(text).expect("a name")
}
