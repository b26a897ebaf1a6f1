//! What a verified access token says, as far as decisions rest on it: whether it still stands, and which roles count for it.

use std::collections::BTreeMap;

use super::{
    api_key::Mode,
    cut_off::{CutOff, Verdict, verdict},
    ids::{ApiKeyId, TokenId},
    key_pair::PublicId,
    rights::{HeldRole, Place, Standing},
    role::RoleName,
    scope::Scope,
    sequence::Seq,
    time::Timestamp,
    workspace::WorkspaceKey,
};

/// Role names by workspace.
pub type WorkspaceRoles = BTreeMap<WorkspaceKey, Vec<RoleName>>;

/// A token whose signature was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its `jti`.
    pub id: TokenId,
    /// The key that it was issued to.
    pub key: ApiKeyId,
    /// The pair that was presented for it.
    pub pair: PublicId,
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

impl AccessToken {
    /// Whether nothing that it hangs on was taken away since it was made. Its own end, and revocation by itself, are other
    /// questions.
    #[must_use]
    pub fn stands(&self, standing: &Standing, site_cut_off: Seq, head: Seq, now: Timestamp) -> bool {
        let Some(pair) = standing.key.pair(self.pair) else { return false };
        let cut_offs = standing.cut_offs().chain([CutOff::Site(site_cut_off)]);
        standing.check_usable(pair, now).is_ok()
            && verdict(self.made_at, head, standing.hangs_on(), cut_offs) == Verdict::Stands
    }

    /// The narrower of its scope and what the key's mode allows now, and has allowed since it was made.
    #[must_use]
    pub fn scope_of(&self, standing: &Standing) -> Scope {
        let key = &standing.key;
        let mode = if self.made_at < key.writes_since { Mode::ReadOnly } else { key.mode };
        self.scope.masked(mode)
    }

    /// Whether the role counts for it, `standing` being that of its key: it carries the role, and each assignment that the
    /// role rests on is there now and was when the token was made. A role in all workspaces counts in those that are open.
    #[must_use]
    pub fn counts(&self, standing: &Standing, held: &HeldRole) -> bool {
        let is_there = match (self.scope.workspace, held.place) {
            (Some(only), Place::Workspace(WorkspaceKey::All)) => standing.reaches_by_all(only),
            _ => true,
        };
        is_there && self.scope.carries_roles() && held.since <= self.made_at && self.carries(held)
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
