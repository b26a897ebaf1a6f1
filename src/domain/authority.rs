//! Who asks for something to be shown or changed, and what that caller may do. It is evaluated from the rows of the
//! transaction that shows or changes it, so an administrator who was disabled by one change commits nothing in the next.

use std::net::IpAddr;

use super::{
    access_token::{AccessToken, Basis},
    api_key::Owner,
    assignment::{Assignment, Reach},
    audit_event::{Actor, Origin},
    ids::{SessionId, SpaceId, UserId},
    permission::{self, Level},
    rights::{Place, UserStanding},
    role::Role,
    workspace::{WorkspaceKey, WorkspaceNumber},
};

/// Where a permission is needed or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The installation.
    Site,
    /// A space with all of its workspaces.
    Space(SpaceId),
    /// One workspace.
    Workspace(SpaceId, WorkspaceNumber),
}

impl Area {
    /// The space it lies in.
    #[must_use]
    pub const fn space(self) -> Option<SpaceId> {
        match self {
            Self::Site => None,
            Self::Space(space) | Self::Workspace(space, _) => Some(space),
        }
    }

    /// Who holds something in a space holds it in each of its workspaces; the site reaches into no space.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Space(space), Self::Workspace(of, _)) if space == of)
    }
}

/// The roles of a user that count now, wherever that is.
pub fn roles_of(standing: &UserStanding) -> impl Iterator<Item = (Area, &Role)> {
    let counts = |given: &&Assignment| given.reach.is_open(&standing.workspaces);
    standing.user.roles.iter().filter(counts).filter_map(|given| placed(standing, given))
}

/// The same with those that would count if no workspace were closed.
pub fn roles_of_also_closed(standing: &UserStanding) -> impl Iterator<Item = (Area, &Role)> {
    standing.user.roles.iter().filter_map(|given| placed(standing, given))
}

fn placed<'a>(standing: &'a UserStanding, given: &Assignment) -> Option<(Area, &'a Role)> {
    let role = standing.roles.get(&given.role)?;
    let area = match (role.level, given.reach) {
        (Level::Site, _) => Area::Site,
        (_, Reach::Space | Reach::AllWorkspaces) => Area::Space(given.space),
        (_, Reach::Workspace(id)) => Area::Workspace(given.space, standing.workspaces.get(&id)?.number),
    };
    Some((area, &**role))
}

/// A caller with the rights that count for this one request.
#[derive(Debug, Clone)]
pub struct Authority {
    origin: Origin,
    standing: Caller,
}

#[derive(Debug, Clone)]
enum Caller {
    /// Whoever has the machine may do everything, and so may Keystead itself.
    Machine,
    /// A person, or a user that the operator stands in for.
    User { id: UserId, sees: Vec<SpaceId>, rights: Vec<Right> },
    /// A key.
    Key { owner: Owner, space: SpaceId, rights: Vec<Right> },
    /// An application, for a user.
    Application { user: UserId, space: SpaceId, rights: Vec<Right> },
}

/// A role that counts, and where.
#[derive(Debug, Clone)]
struct Right {
    area: Area,
    permissions: Vec<String>,
}

impl Right {
    fn of(area: Area, role: &Role) -> Self {
        Self { area, permissions: role.permissions.iter().map(|held| held.name.clone()).collect() }
    }
}

impl Authority {
    /// Somebody with access to the machine, through the command line.
    pub const OPERATOR: Self = Self { origin: Origin::OPERATOR, standing: Caller::Machine };

    /// Keystead itself.
    pub const SYSTEM: Self = Self { origin: Origin::SYSTEM, standing: Caller::Machine };

    /// What a key, or an application for a user, may do with this token (`basis` is what the token rests on).
    #[must_use]
    pub fn of_token(token: &AccessToken, basis: Basis<'_>, address: Option<IpAddr>) -> Self {
        let (space, held) = match basis {
            Basis::Key(standing) => (standing.space.id, standing.held_roles()),
            Basis::Grant(standing, _) => (standing.admission.home.id, standing.held_roles()),
        };
        let held = held.into_iter().filter(|held| token.counts(basis, held));
        let rights = held.filter_map(|held| {
            let area = match held.place.narrowed(token.scope.workspace)? {
                Place::Site => Area::Site,
                Place::Space | Place::Workspace(WorkspaceKey::All) => Area::Space(space),
                Place::Workspace(WorkspaceKey::One(number)) => Area::Workspace(space, number),
            };
            Some(Right::of(area, &held.role))
        });
        let rights = rights.collect();
        let (origin, standing) = match basis {
            Basis::Key(standing) => {
                let owner = standing.key.owner;
                let origin = Origin::client(Actor::ApiKey(standing.key.id), token.acts.credential(), address);
                (origin.on_authority_of(owner.user()), Caller::Key { owner, space, rights })
            }
            Basis::Grant(standing, _) => {
                let (application, user) = (standing.admission.application.id, standing.admission.user.id);
                let origin = Origin::client(Actor::Application(application), token.acts.credential(), address);
                (origin.on_authority_of(Some(user)), Caller::Application { user, space, rights })
            }
        };
        Self { origin, standing }
    }

    /// What a user may do, wherever that is.
    #[must_use]
    pub fn of_user(standing: &UserStanding, address: Option<IpAddr>) -> Self {
        let user = &standing.user;
        let rights = roles_of(standing).map(|(area, role)| Right::of(area, role)).collect();
        let mut sees: Vec<SpaceId> = user.roles.iter().map(|given| given.space).chain([user.home]).collect();
        sees.sort_unstable();
        sees.dedup();
        let origin = Origin::user(user.id, address);
        Self { origin, standing: Caller::User { id: user.id, sees, rights } }
    }

    /// The same in this session, for the audit log.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self { origin: self.origin.in_session(session), ..self }
    }

    /// Whether it is somebody with access to the machine, or Keystead itself.
    #[must_use]
    pub const fn is_machine(&self) -> bool {
        matches!(self.standing, Caller::Machine)
    }

    /// On whose behalf, for the audit log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the caller may know what is in this space. What a caller does not see does not exist for it (ruling 23).
    #[must_use]
    pub fn sees(&self, space: SpaceId) -> bool {
        match &self.standing {
            Caller::Machine => true,
            Caller::User { sees, .. } => sees.contains(&space) || self.may(permission::SITE_MANAGE, Area::Site),
            Caller::Key { space: own, .. } | Caller::Application { space: own, .. } => {
                *own == space || self.may(permission::SITE_MANAGE, Area::Site)
            }
        }
    }

    /// The spaces that the caller belongs to; none for those who see all.
    #[must_use]
    pub fn spaces(&self) -> Option<Vec<SpaceId>> {
        match &self.standing {
            Caller::Machine => None,
            _ if self.may(permission::SITE_MANAGE, Area::Site) => None,
            Caller::User { sees, .. } => Some(sees.clone()),
            Caller::Key { space, .. } | Caller::Application { space, .. } => Some(vec![*space]),
        }
    }

    /// Whether the caller holds the permission there.
    #[must_use]
    pub fn may(&self, permission: &str, area: Area) -> bool {
        match &self.standing {
            Caller::Machine => true,
            Caller::User { rights, .. } | Caller::Key { rights, .. } | Caller::Application { rights, .. } => rights
                .iter()
                .any(|right| right.area.covers(area) && right.permissions.iter().any(|held| held == permission)),
        }
    }

    /// Whether the caller holds the permission in the space or in some workspace of it.
    #[must_use]
    pub fn may_somewhere(&self, permission: &str, space: SpaceId) -> bool {
        match &self.standing {
            Caller::Machine => true,
            Caller::User { rights, .. } | Caller::Key { rights, .. } | Caller::Application { rights, .. } => {
                rights.iter().any(|right| {
                    right.area.space() == Some(space) && right.permissions.iter().any(|held| held == permission)
                })
            }
        }
    }

    /// Whether the caller is this person, and not a key of the person.
    #[must_use]
    pub fn is_user(&self, user: UserId) -> bool {
        matches!(&self.standing, Caller::User { id, .. } if *id == user)
    }

    /// The person who asks.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.standing {
            Caller::User { id, .. } => Some(*id),
            Caller::Machine | Caller::Key { .. } | Caller::Application { .. } => None,
        }
    }

    /// The user for whom the caller acts: the person, or whoever a key or an application acts for.
    #[must_use]
    pub const fn acts_for(&self) -> Option<UserId> {
        match &self.standing {
            Caller::User { id, .. }
            | Caller::Application { user: id, .. }
            | Caller::Key { owner: Owner::User { id, .. }, .. } => Some(*id),
            Caller::Machine | Caller::Key { .. } => None,
        }
    }

    /// Whether something else than the person acts for a user: a user's key or an application. Neither manages credentials
    /// (ruling 15, KM-11).
    #[must_use]
    pub const fn is_delegated(&self) -> bool {
        matches!(self.standing, Caller::Key { owner: Owner::User { .. }, .. } | Caller::Application { .. })
    }

    /// Whether the caller may pass this permission on there: it is held there, or it belongs to those that an administrator
    /// gives without having them (ruling 27, [`permission::administered_by`]).
    #[must_use]
    pub fn may_give(&self, permission: &str, area: Area) -> bool {
        self.may(permission, area) || permission::administered_by(permission).is_some_and(|admin| self.may(admin, area))
    }
}
