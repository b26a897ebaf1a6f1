//! What a verified access token says, as far as decisions rest on it: whether it still stands, and which roles count for it.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    api_key::Mode,
    audit_event::Credential,
    cut_off::{CutOff, Verdict, verdict},
    grant::Family,
    grant_standing::GrantStanding,
    ids::{ApiKeyId, ApplicationId, ClientId, FamilyId, GrantId, SpaceId, TokenId},
    key_pair::{KeyPair, PublicId},
    rights::{HeldRole, Place, Standing, Through, Unusable},
    role::RoleName,
    scope::Scope,
    sequence::Seq,
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
    /// Whether nothing that it hangs on was taken away since it was made, `basis` being what it rests on now. Its own end,
    /// and revocation by itself, are other questions.
    #[must_use]
    pub fn stands(&self, basis: Basis<'_>, site_cut_off: Seq, head: Seq, now: Timestamp) -> bool {
        match (self.acts, basis) {
            (Acts::Key { key, pair }, Basis::Key(standing)) if standing.key.id == key => {
                let Some(pair) = standing.key.pair(pair) else { return false };
                let cut_offs = standing.cut_offs().chain([CutOff::Site(site_cut_off)]);
                standing.check_usable(pair, now).is_ok()
                    && verdict(self.made_at, head, standing.hangs_on(), cut_offs) == Verdict::Stands
            }
            (Acts::Application { application, pair, grant, family }, Basis::Grant(standing, kept)) => {
                let client = &standing.admission.application;
                let pair_is_there = |pair| client.pair(pair).is_some_and(|pair: &KeyPair| !pair.is_expired(now));
                (client.id, standing.grant.id, kept.id, kept.grant) == (application, grant, family, grant)
                    && pair.is_none_or(pair_is_there)
                    && standing.authorization_stands(self.made_at, site_cut_off, head)
            }
            _ => false,
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
