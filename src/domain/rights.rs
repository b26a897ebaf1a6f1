//! Effective rights: what a key may do at one moment, evaluated when a token is made and again whenever it is used.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::Arc,
};

use thiserror::Error;

use super::{
    api_key::{ApiKey, KeyStatus, Owner, UserKeyRoles},
    assignment::{Assignment, AssignmentSource, Reach},
    condition::{Hurdle, Question},
    cut_off::{CutOff, HangsOn},
    ids::{RoleId, SpaceId, WorkspaceId},
    key_pair::KeyPair,
    permission::{self, Level},
    role::{Role, RolePermission},
    scope::Scope,
    sequence::Seq,
    space::{Space, SpaceState},
    time::Timestamp,
    user::{User, UserState},
    workspace::{Workspace, WorkspaceKey, WorkspaceNumber, WorkspaceState},
};

/// Everything that a decision about a key rests on, all of it valid at one sequence number.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The key.
    pub key: Arc<ApiKey>,
    /// Its space.
    pub space: Arc<Space>,
    /// Its owner, if a user owns it.
    pub owner: Option<Arc<User>>,
    /// Definitions of all roles that the key or its owner hold.
    pub roles: HashMap<RoleId, Arc<Role>>,
    /// All workspaces in which the key or its owner hold a role.
    pub workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    /// The workspaces of the space that are open, if the key holds a role in all of them.
    pub all_workspaces: Option<Arc<OpenWorkspaces>>,
}

/// The numbers of the workspaces of one space that are open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenWorkspaces(pub BTreeSet<WorkspaceNumber>);

/// A user with everything that the user's rights rest on.
#[derive(Debug, Clone)]
pub struct UserStanding {
    /// The user.
    pub user: User,
    /// Definitions of all roles that the user holds.
    pub roles: HashMap<RoleId, Arc<Role>>,
    /// All workspaces in which the user holds a role.
    pub workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
}

/// Where a role counts, named as tokens name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The installation: only for Keystead's own API.
    Site,
    /// The space itself.
    Space,
    /// One workspace, or all of the space.
    Workspace(WorkspaceKey),
}

impl Place {
    /// Where it counts for a token that is narrowed to `only`: nowhere else, and not in the space itself (ruling 28).
    #[must_use]
    pub fn narrowed(self, only: Option<WorkspaceNumber>) -> Option<Self> {
        match (only, self) {
            (None, place) => Some(place),
            (Some(_), Self::Site | Self::Space) => None,
            (Some(only), Self::Workspace(WorkspaceKey::All)) => Some(Self::Workspace(WorkspaceKey::One(only))),
            (Some(only), Self::Workspace(WorkspaceKey::One(number))) => (number == only).then_some(self),
        }
    }
}

/// A role that counts now.
#[derive(Debug, Clone)]
pub struct HeldRole {
    /// Its definition.
    pub role: Arc<Role>,
    /// Where it counts.
    pub place: Place,
    /// The latest of the changes that gave it: tokens made before do not carry it.
    pub since: Seq,
}

/// Why a key does not work. People who may see the reason see this; the token endpoint says `invalid_client`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unusable {
    /// Switched off by itself.
    #[error("the key is disabled")]
    KeyDisabled,
    /// Its secrets are destroyed.
    #[error("the key is revoked; regenerate it to get a new secret")]
    KeyRevoked,
    /// The pair's end has come.
    #[error("the key pair expired at {0}")]
    PairExpired(Timestamp),
    /// The space is closed.
    #[error("the space is closed")]
    SpaceClosed,
    /// Keys do not exist in this kind of space.
    #[error("API keys are not supported in this space")]
    NotSupportedHere,
    /// The space's switch.
    #[error("API keys are disabled in this space, ask its administrator")]
    SpaceKeysDisabled,
    /// The owner may not act.
    #[error("the owner of the key is disabled or gone")]
    OwnerDisabled,
    /// The owner's switch.
    #[error("API keys of the owner are switched off")]
    OwnerKeysDisabled,
    /// The owner's password is older than the space allows.
    #[error("the password of the owner has expired")]
    OwnerPasswordExpired,
    /// KM-14.
    #[error("the key may not be used from this address")]
    AddressNotAllowed,
}

impl Standing {
    /// Whether the key works at all with this pair (`usable` of the domain model).
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check_usable(&self, pair: &KeyPair, now: Timestamp) -> Result<(), Unusable> {
        self.hurdles(Some(pair), now).try_for_each(Hurdle::pass)
    }

    /// What has to be so for the key to work with this pair, in the order in which reasons are told; without a pair, what
    /// has to be so for any.
    pub fn hurdles(&self, pair: Option<&KeyPair>, now: Timestamp) -> impl Iterator<Item = Hurdle<Unusable>> {
        let status = self.key.status;
        let of_key = [
            Hurdle::new(Question::KeyEnabled, status != KeyStatus::Disabled, Unusable::KeyDisabled),
            Hurdle::new(Question::KeyNotRevoked, status != KeyStatus::Revoked, Unusable::KeyRevoked),
        ];
        let of_pair = pair.map(|pair| Hurdle {
            condition: pair.condition(now),
            otherwise: Unusable::PairExpired(pair.expires_at.unwrap_or(now)),
        });
        of_key.into_iter().chain(of_pair).chain(self.hurdles_of_space()).chain(self.hurdles_of_owner(now))
    }

    fn hurdles_of_space(&self) -> impl Iterator<Item = Hurdle<Unusable>> {
        let space = &self.space;
        let is_open = space.state == SpaceState::Open;
        // Keys of the product itself live in every kind of space, and whatever its switch says.
        let of_ordinary_keys = self.key.internal.is_none().then(|| {
            [
                Hurdle::new(Question::KeysSupported, space.api_keys_supported, Unusable::NotSupportedHere),
                Hurdle::new(Question::SpaceKeysOn, space.api_keys_enabled, Unusable::SpaceKeysDisabled),
            ]
        });
        let open = Hurdle::new(Question::SpaceOpen, is_open, Unusable::SpaceClosed);
        std::iter::once(open).chain(of_ordinary_keys.into_iter().flatten())
    }

    fn hurdles_of_owner(&self, now: Timestamp) -> impl Iterator<Item = Hurdle<Unusable>> {
        let of_user = matches!(self.key.owner, Owner::User { .. }).then(|| {
            let user = self.owner.as_deref();
            let acts = user.is_some_and(|user| user.state == UserState::Active);
            let has_keys = user.is_some_and(|user| user.api_keys_enabled);
            let in_time = user.is_some_and(|user| !user.is_stopped_by_password(&self.space, now));
            [
                Hurdle::new(Question::OwnerEnabled, acts, Unusable::OwnerDisabled),
                Hurdle::new(Question::OwnerKeysOn, has_keys, Unusable::OwnerKeysDisabled),
                Hurdle::new(Question::OwnerPasswordInTime, in_time, Unusable::OwnerPasswordExpired),
            ]
        });
        of_user.into_iter().flatten()
    }

    /// Whether the key, or a token of it, may be used from this address: for whoever sees where it is used. That is another
    /// question than whether it works, since a resource server that asks about a token does not say where its holder is.
    ///
    /// # Errors
    /// [`Unusable::AddressNotAllowed`].
    pub fn check_address(&self, address: Option<IpAddr>) -> Result<(), Unusable> {
        if self.key.allowed_networks.admit(address) { Ok(()) } else { Err(Unusable::AddressNotAllowed) }
    }

    /// Whether what the key holds in all workspaces counts in this one: it is one of the space's, and open.
    #[must_use]
    pub fn reaches_by_all(&self, number: WorkspaceNumber) -> bool {
        self.all_workspaces.as_ref().is_some_and(|all| all.0.contains(&number))
    }

    /// What tokens of the key hang on.
    #[must_use]
    pub fn hangs_on(&self) -> HangsOn {
        match (self.key.internal, self.key.owner) {
            (Some(_), _) => HangsOn::InternalKey,
            (None, Owner::Space) => HangsOn::SpaceKey,
            (None, Owner::User { .. }) => HangsOn::UserKey,
        }
    }

    /// Cut-offs of all rows that tokens of the key hang on, beside those of the site and the signing key.
    pub fn cut_offs(&self) -> impl Iterator<Item = CutOff> + '_ {
        let of_space = [CutOff::Space(self.space.cut_off), CutOff::SpaceKeys(self.space.keys_cut_off)];
        let of_owner = self.owner.iter().flat_map(|user| {
            [CutOff::User(user.cut_off), CutOff::UserKeys(user.keys_cut_off), CutOff::UserLogins(user.logins_cut_off)]
        });
        of_space.into_iter().chain(of_owner).chain([CutOff::Key(self.key.cut_off)])
    }

    /// The roles that count now (`base` of the domain model), without order.
    #[must_use]
    pub fn held_roles(&self) -> Vec<HeldRole> {
        match self.key.owner {
            Owner::Space => self.key.roles.iter().filter_map(|own| self.held(own, own.since)).collect(),
            // Running the site is passed on by name only, never by the way.
            Owner::User { roles: UserKeyRoles::Inherit, .. } => self
                .delegable()
                .filter_map(|given| self.held(given, given.since.max(self.inherited_since(given))))
                .filter(|held| held.place != Place::Site)
                .collect(),
            Owner::User { roles: UserKeyRoles::Subset, .. } => {
                self.key.roles.iter().filter_map(|own| self.held(own, own.since.max(self.rests_on(own)?))).collect()
            }
        }
    }

    /// The same as if no workspace were closed: a closed one may be reopened, and its roles count again then.
    #[must_use]
    pub fn with_workspaces_open(mut self) -> Self {
        for workspace in self.workspaces.values_mut() {
            Arc::make_mut(workspace).state = WorkspaceState::Open;
        }
        self
    }

    /// What the owner can pass on: given locally, in the home space, assignable (L132–L134).
    fn delegable(&self) -> impl Iterator<Item = &Assignment> {
        let held = self.owner.iter().flat_map(|user| user.roles.iter().map(move |given| (user.home, given)));
        held.filter(|(home, given)| given.source == AssignmentSource::Local && given.space == *home)
            .map(|(_, given)| given)
            .filter(|given| self.roles.get(&given.role).is_some_and(|role| role.is_assignable()))
    }

    /// Since when the key has this of its owner: since it inherits, or since it was chosen before that.
    fn inherited_since(&self, given: &Assignment) -> Seq {
        let chosen = self.key.roles.iter().find(|own| own.role == given.role && own.reach == given.reach);
        chosen.map_or(self.key.inherits_since, |own| own.since)
    }

    fn rests_on(&self, own: &Assignment) -> Option<Seq> {
        self.delegable().find(|given| given.role == own.role && given.reach == own.reach).map(|given| given.since)
    }

    /// The roles that were given to the key itself, also those that do not count now.
    pub fn own_roles(&self) -> impl Iterator<Item = (&Role, Place)> {
        self.key.roles.iter().filter_map(|own| self.placed(own)).map(|(role, place)| (&**role, place))
    }

    fn held(&self, assignment: &Assignment, since: Seq) -> Option<HeldRole> {
        held_in(self.key.space, assignment, since, &self.roles, &self.workspaces)
    }

    /// Where a role would count if no workspace were closed.
    fn placed(&self, assignment: &Assignment) -> Option<(&Arc<Role>, Place)> {
        placed_in(self.key.space, assignment, &self.roles, &self.workspaces)
    }
}

/// The role of an assignment if it counts in this space now; `since` is what its tokens must not be older than.
pub(super) fn held_in(
    space: SpaceId,
    assignment: &Assignment,
    since: Seq,
    roles: &HashMap<RoleId, Arc<Role>>,
    workspaces: &HashMap<WorkspaceId, Arc<Workspace>>,
) -> Option<HeldRole> {
    let is_open = assignment.reach.is_open(workspaces);
    let (role, place) = placed_in(space, assignment, roles, workspaces).filter(|_| is_open)?;
    Some(HeldRole { role: Arc::clone(role), place, since })
}

fn placed_in<'a>(
    space: SpaceId,
    assignment: &Assignment,
    roles: &'a HashMap<RoleId, Arc<Role>>,
    workspaces: &HashMap<WorkspaceId, Arc<Workspace>>,
) -> Option<(&'a Arc<Role>, Place)> {
    let role = roles.get(&assignment.role)?;
    let place = match (role.level, assignment.reach) {
        (Level::Site, _) => Place::Site,
        (_, Reach::Space) => Place::Space,
        (_, Reach::AllWorkspaces) => Place::Workspace(WorkspaceKey::All),
        (_, Reach::Workspace(id)) => {
            let workspace = workspaces.get(&id).filter(|workspace| workspace.space == space)?;
            Place::Workspace(WorkspaceKey::One(workspace.number))
        }
    };
    Some((role, place))
}

impl HeldRole {
    /// The permissions of the role that come through `scope`, and, through a key, those that they imply (L116).
    pub fn permissions<'a>(&'a self, scope: &'a Scope, through: Through) -> impl Iterator<Item = &'a str> {
        self.role.permissions.iter().flat_map(move |RolePermission { name, class }| {
            let own = scope.lets_through(*class).then_some(name.as_str());
            let known = permission::find(name).filter(|_| through == Through::Key);
            let implied = known.map_or(&[][..], |known| known.implies);
            let implied = implied.iter().filter_map(|name| permission::find(name));
            own.into_iter().chain(implied.filter(|known| scope.lets_through(known.class)).map(|known| known.name))
        })
    }
}

/// What acts with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// An API key.
    Key,
    /// An application, for a user.
    Application,
}
