//! What a verified access token says, as far as decisions rest on it: whether it still stands, and which roles count for it.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    api_key::Mode,
    audit_event::Credential,
    condition::{Condition, Question},
    cut_off::{self, CutOff},
    grant::Family,
    grant_standing::GrantStanding,
    ids::{ApiKeyId, ApplicationId, ClientId, FamilyId, GrantId, SpaceId, TokenId},
    key_pair::PublicId,
    rights::{HeldRole, Place, Standing, Through, Unusable},
    role::RoleName,
    scope::Scope,
    sequence::Seq,
    site::Site,
    time::Timestamp,
    workspace::{WorkspaceKey, WorkspaceNumber},
};

/// Role names by workspace.
pub type WorkspaceRoles = BTreeMap<WorkspaceKey, Vec<RoleName>>;

/// Who acts with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// An API key.
    Key {
        /// The key that it was issued to.
        key: ApiKeyId,
        /// The pair that was presented for it.
        pair: PublicId,
    },
    /// An application, for a user.
    Application {
        /// The application that it was issued to.
        application: ApplicationId,
        /// The pair that was presented for it; none if the application is public.
        pair: Option<PublicId>,
        /// The user's consent.
        grant: GrantId,
        /// The authorization that it belongs to.
        family: FamilyId,
    },
}

impl Acts {
    /// What the client showed to get the token.
    #[must_use]
    pub const fn credential(self) -> Credential {
        match self {
            Self::Key { pair, .. } => Credential::Pair(pair),
            Self::Application { grant, pair, .. } => Credential::Grant { grant, pair },
        }
    }

    /// Who the token was issued to.
    #[must_use]
    pub const fn client(self) -> ClientId {
        match self {
            Self::Key { key, .. } => ClientId::ApiKey(key),
            Self::Application { application, .. } => ClientId::Application(application),
        }
    }
}

/// What a token rests on, as it is at one moment.
#[derive(Clone, Copy)]
pub enum Basis<'a> {
    /// An API key.
    Key(&'a Standing),
    /// A consent and one authorization under it.
    Grant(&'a GrantStanding, &'a Family),
}

/// Everything that decides whether a token is active, as it is at one moment.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// What it rests on.
    pub basis: Basis<'a>,
    /// The site.
    pub site: &'a Site,
    /// The number of the last change.
    pub head: Seq,
    /// The time.
    pub now: Timestamp,
    /// Its `aud`.
    pub audience: &'a str,
    /// Whether its own times admit it.
    pub is_in_time: bool,
    /// Whether it was revoked by itself.
    pub is_revoked: bool,
}

/// A token whose signature was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its `jti`.
    pub id: TokenId,
    /// Who acts with it.
    pub acts: Acts,
    /// The number of the change at which it was made.
    pub made_at: Seq,
    /// Its `exp`.
    pub expires_at: Timestamp,
    /// What it may be used for.
    pub scope: Scope,
    /// Roles in the space itself, and of the site.
    pub roles: Vec<RoleName>,
    /// Roles by workspace.
    pub workspaces: WorkspaceRoles,
    /// The workspaces were left out for their number.
    pub workspaces_omitted: bool,
}

impl Basis<'_> {
    /// The space that the token speaks of.
    #[must_use]
    pub fn space(self) -> SpaceId {
        match self {
            Self::Key(standing) => standing.space.id,
            Self::Grant(standing, _) => standing.admission.home.id,
        }
    }

    /// Whether what is held in all workspaces counts in this one; people hold nothing in all.
    #[must_use]
    pub fn reaches_by_all(self, number: WorkspaceNumber) -> bool {
        match self {
            Self::Key(standing) => standing.reaches_by_all(number),
            Self::Grant(..) => false,
        }
    }

    /// Whether what it is of may be used from this address. Applications run where nobody knows.
    ///
    /// # Errors
    /// [`Unusable::AddressNotAllowed`].
    pub fn check_address(self, address: Option<IpAddr>) -> Result<(), Unusable> {
        match self {
            Self::Key(standing) => standing.check_address(address),
            Self::Grant(..) => Ok(()),
        }
    }

    /// What acts with the roles.
    #[must_use]
    pub const fn through(self) -> Through {
        match self {
            Self::Key(_) => Through::Key,
            Self::Grant(..) => Through::Application,
        }
    }
}

impl AccessToken {
    /// Whether it is active: it stands, it is in its time, and it is for whoever serves its audience.
    #[must_use]
    pub fn is_active(&self, around: &Circumstances<'_>) -> bool {
        let mut is_active = true;
        self.examine(around, |condition| is_active &= condition.holds);
        is_active
    }

    /// Asks everything that [`Self::is_active`] depends on.
    pub fn examine(&self, around: &Circumstances<'_>, mut tell: impl FnMut(Condition)) {
        let Circumstances { basis, site, head, now, audience, is_in_time, is_revoked } = *around;
        tell(Condition::new(Question::InTime, is_in_time).with_time(Some(self.expires_at)));
        tell(Condition::new(Question::NotRevoked, !is_revoked));
        self.examine_basis(basis, site.cut_off, head, now, &mut tell);
        tell(site.audience_kept(audience, self.made_at));
    }

    /// Whether nothing that it hangs on was taken away since it was made, `basis` being what it rests on now. Its own end,
    /// and revocation by itself, are other questions.
    #[must_use]
    pub fn stands(&self, basis: Basis<'_>, site_cut_off: Seq, head: Seq, now: Timestamp) -> bool {
        let mut stands = true;
        self.examine_basis(basis, site_cut_off, head, now, |condition| stands &= condition.holds);
        stands
    }

    fn examine_basis(
        &self,
        basis: Basis<'_>,
        site_cut_off: Seq,
        head: Seq,
        now: Timestamp,
        mut tell: impl FnMut(Condition),
    ) {
        match (self.acts, basis) {
            (Acts::Key { key, pair }, Basis::Key(standing)) => {
                tell(Condition::new(Question::KeyExists, standing.key.id == key));
                let pair = standing.key.pair(pair);
                tell(Condition::new(Question::PairExists, pair.is_some()));
                standing.hurdles(pair, now).for_each(|hurdle| tell(hurdle.condition));
                let cut_offs = standing.cut_offs().chain([CutOff::Site(site_cut_off)]);
                cut_off::conditions(self.made_at, head, standing.hangs_on(), cut_offs).for_each(tell);
            }
            (Acts::Application { application, pair, grant, family }, Basis::Grant(standing, kept)) => {
                let client = &standing.admission.application;
                tell(Condition::new(Question::ApplicationExists, client.id == application));
                tell(Condition::new(Question::GrantExists, standing.grant.id == grant));
                tell(Condition::new(Question::FamilyExists, (kept.id, kept.grant) == (family, grant)));
                if let Some(pair) = pair {
                    let pair = client.pair(pair);
                    tell(Condition::new(Question::PairExists, pair.is_some()));
                    if let Some(pair) = pair {
                        tell(pair.condition(now));
                    }
                }
                standing.conditions(self.made_at, site_cut_off, head).for_each(tell);
            }
            (Acts::Key { .. }, Basis::Grant(..)) => tell(Condition::new(Question::KeyExists, false)),
            (Acts::Application { .. }, Basis::Key(_)) => tell(Condition::new(Question::GrantExists, false)),
        }
    }

    /// The narrower of its scope and what is allowed now, and has been since it was made: by the mode of the key, or by
    /// the user and the application's registration.
    #[must_use]
    pub fn scope_of(&self, basis: Basis<'_>) -> Scope {
        match basis {
            Basis::Key(standing) => {
                let key = &standing.key;
                let mode = if self.made_at < key.writes_since { Mode::ReadOnly } else { key.mode };
                self.scope.masked(mode)
            }
            Basis::Grant(standing, _) => self.scope.filtered(|scope| standing.covers(scope, self.made_at)),
        }
    }

    /// Whether the role counts for it: it carries the role, and each assignment that the role rests on is there now and was
    /// when the token was made. A role in all workspaces counts in those that are open.
    #[must_use]
    pub fn counts(&self, basis: Basis<'_>, held: &HeldRole) -> bool {
        let is_there = match (self.scope.workspace, held.place) {
            (Some(only), Place::Workspace(WorkspaceKey::All)) => basis.reaches_by_all(only),
            _ => true,
        };
        is_there && self.scope_of(basis).carries_roles() && held.since <= self.made_at && self.carries(held)
    }

    fn carries(&self, held: &HeldRole) -> bool {
        match held.place.narrowed(self.scope.workspace) {
            Some(Place::Site | Place::Space) => self.roles.contains(&held.role.name),
            Some(Place::Workspace(key)) => {
                let named = || self.workspaces.get(&key).is_some_and(|names| names.contains(&held.role.name));
                self.workspaces_omitted || named()
            }
            None => false,
        }
    }
}
