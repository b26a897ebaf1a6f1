//! The ledger's formula of effective rights, written down once more from the tables: a second opinion that shares no line
//! with the domain's own evaluation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use keystead::{
    domain::{
        api_key::{ApiKey, KeyStatus, Mode, Owner, UserKeyRoles},
        assignment::{Assignment, AssignmentSource, Reach},
        ids::{ApiKeyId, RoleId, SpaceId, UserId, WorkspaceId},
        key_pair::PublicId,
        page::PageRequest,
        permission::{self, Level, PermissionClass},
        role::{Integration, Role},
        space::{Space, SpaceState},
        time::Timestamp,
        user::{User, UserState},
        workspace::{Workspace, WorkspaceState},
    },
    store::{self, api_keys::KeyFilter, transaction::Reads, users::UserFilter},
};
use serde_json::Value;

use super::world::Walk;

/// Roles, and where they are held.
pub(super) type Rights = BTreeSet<(RoleId, Reach)>;

/// Words by place: a workspace's number, `*`, or nothing for the space itself.
pub(super) type Named = BTreeMap<String, BTreeSet<String>>;

/// All rows, as they are at one moment.
pub(super) struct Truth {
    now: Timestamp,
    spaces: HashMap<SpaceId, Space>,
    workspaces: HashMap<WorkspaceId, Workspace>,
    roles: HashMap<RoleId, Role>,
    users: HashMap<UserId, User>,
    keys: HashMap<ApiKeyId, ApiKey>,
}

impl Truth {
    pub(super) fn read(walk: &Walk) -> Self {
        let now = walk.site.store.now().expect("the database answers");
        let read = walk.site.store.snapshot(|tx| Self::from_rows(tx, now));
        read.expect("the rows can be read")
    }

    fn from_rows(tx: &mut impl Reads, now: Timestamp) -> Result<Self, store::Error> {
        let spaces: HashMap<_, _> = store::spaces::all(tx)?.into_iter().map(|space| (space.id, space)).collect();
        let (mut workspaces, mut roles, mut users) = (HashMap::new(), HashMap::new(), HashMap::new());
        for id in spaces.keys().copied() {
            workspaces
                .extend(store::workspaces::of_space(tx, id)?.into_iter().map(|workspace| (workspace.id, workspace)));
            roles.extend(store::roles::of_space(tx, Some(id))?.into_iter().map(|role| (role.id, role)));
            let ids = store::users::page(tx, id, &UserFilter::default(), PageRequest::default())?.items;
            users.extend(store::users::find_many(tx, &ids)?.into_iter().map(|user| (user.id, user)));
        }
        let ids = store::api_keys::page(tx, &KeyFilter::default(), PageRequest::default())?;
        assert!(ids.next.is_none(), "the world outgrew one page of keys");
        let keys = store::api_keys::find_many(tx, &ids.items)?.into_iter().map(|key| (key.id, key)).collect();
        Ok(Self { now, spaces, workspaces, roles, users, keys })
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &ApiKey> {
        self.keys.values()
    }

    pub(super) fn key(&self, id: ApiKeyId) -> Option<&ApiKey> {
        self.keys.get(&id)
    }

    pub(super) fn space(&self, id: SpaceId) -> &Space {
        &self.spaces[&id]
    }

    pub(super) fn is_past(&self, end: Timestamp) -> bool {
        end <= self.now
    }

    pub(super) fn may_act(&self, user: UserId) -> bool {
        self.users.get(&user).is_some_and(|user| user.state == UserState::Active)
    }

    /// `usable(k)`, for one of the key's pairs.
    pub(super) fn is_usable(&self, key: ApiKeyId, pair: PublicId) -> bool {
        let Some(key) = self.keys.get(&key) else { return false };
        let Some(pair) = key.pairs.iter().find(|known| known.public_id == pair) else { return false };
        let space = &self.spaces[&key.space];
        let pair_lives = pair.expires_at.is_none_or(|end| self.now < end);
        let space_lets = space.state == SpaceState::Open
            && (key.internal.is_some() || (space.api_keys_supported && space.api_keys_enabled));
        let owner_lets = match key.owner {
            Owner::Space => true,
            Owner::User { id, .. } => self.users.get(&id).is_some_and(|user| {
                user.state == UserState::Active && user.api_keys_enabled && !self.is_blocked_by_password(user)
            }),
        };
        key.status == KeyStatus::Active && pair_lives && space_lets && owner_lets
    }

    /// `password_blocks(u)`.
    fn is_blocked_by_password(&self, user: &User) -> bool {
        let space = &self.spaces[&user.home];
        let counts = !space.sso_enabled || user.sso_exempt;
        match (user.password_set_at, space.password_life) {
            (Some(set_at), Some(life)) => counts && set_at.plus(life) <= self.now,
            _ => false,
        }
    }

    /// What the rows give to a key, also in workspaces that are closed.
    pub(super) fn given(&self, key: &ApiKey) -> Rights {
        let own = || key.roles.iter().map(|held| (held.role, held.reach));
        match key.owner {
            Owner::Space => own().collect(),
            Owner::User { id, roles: UserKeyRoles::Inherit } => {
                let all = self.delegable(id).into_iter();
                all.filter(|(role, _)| self.roles.get(role).is_some_and(|role| role.level != Level::Site)).collect()
            }
            Owner::User { id, roles: UserKeyRoles::Subset } => {
                let delegable = self.delegable(id);
                own().filter(|held| delegable.contains(held)).collect()
            }
        }
    }

    /// `delegable(u)`, also in workspaces that are closed.
    pub(super) fn delegable(&self, user: UserId) -> Rights {
        let Some(user) = self.users.get(&user) else { return Rights::new() };
        let can_be_passed_on = |held: &&Assignment| {
            let internal = self.roles.get(&held.role).is_none_or(|role| role.integration == Integration::Internal);
            held.source == AssignmentSource::Local && held.space == user.home && !internal
        };
        user.roles.iter().filter(can_be_passed_on).map(|held| (held.role, held.reach)).collect()
    }

    /// Those that count now: `base(k)` if it is everything that was given.
    pub(super) fn counting(&self, rights: &Rights) -> Rights {
        let is_open = |reach: &Reach| match reach {
            Reach::Space | Reach::AllWorkspaces => true,
            Reach::Workspace(id) => self.workspaces.get(id).is_some_and(|found| found.state == WorkspaceState::Open),
        };
        rights.iter().filter(|(_, reach)| is_open(reach)).copied().collect()
    }

    /// Names of these roles, by place. Roles of the site are told to Keystead's own API alone.
    pub(super) fn names(&self, rights: &Rights) -> Named {
        self.by_place(rights, |role| vec![role.name.as_str().to_owned()])
    }

    /// What these roles permit to a key of this mode, by place.
    pub(super) fn permissions(&self, rights: &Rights, mode: Mode) -> Named {
        let comes_through = |class| class == PermissionClass::Read || mode == Mode::Full;
        self.by_place(rights, |role| {
            let mut names = Vec::new();
            for held in &role.permissions {
                if comes_through(held.class) {
                    names.push(held.name.clone());
                }
                for implied in permission::find(&held.name).map_or(&[][..], |known| known.implies) {
                    if comes_through(permission::find(implied).expect("it is known").class) {
                        names.push((*implied).to_owned());
                    }
                }
            }
            names
        })
    }

    fn by_place(&self, rights: &Rights, words: impl Fn(&Role) -> Vec<String>) -> Named {
        let mut named = Named::new();
        named.entry(String::new()).or_default();
        for (role, reach) in rights {
            let role = &self.roles[role];
            let place = match reach {
                _ if role.level == Level::Site => continue,
                Reach::Space => String::new(),
                Reach::AllWorkspaces => "*".to_owned(),
                Reach::Workspace(id) => self.workspaces[id].number.to_string(),
            };
            named.entry(place).or_default().extend(words(role));
        }
        named
    }
}

/// The same shape from an answer: what is said of the space, and what of workspaces.
pub(super) fn named_in(of_space: &Value, of_workspaces: &Value) -> Named {
    let words = |list: &Value| -> BTreeSet<String> {
        let texts = list.as_array().expect("a list").iter();
        texts.map(|text| text.as_str().expect("a word").to_owned()).collect()
    };
    let mut named = Named::from([(String::new(), words(of_space))]);
    if let Some(places) = of_workspaces.as_object() {
        named.extend(places.iter().map(|(place, list)| (place.clone(), words(list))));
    }
    named
}
