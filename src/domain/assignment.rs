//! Role assignments: who holds which role where, and since which change.

use std::{collections::HashMap, sync::Arc};

use super::{
    ids::{RoleId, SpaceId, WorkspaceId},
    sequence::Seq,
    text_enum::text_enum,
    workspace::Workspace,
};

text_enum! {
    /// Who gave a role to a user. Only what was given here can be passed on to a key (L133, L136).
    AssignmentSource {
        /// Given here.
        Local = "local",
        /// Brought along by an identity provider.
        IdentityProvider = "idp",
    }
}

/// Where a role counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// In the space itself.
    Space,
    /// In one workspace.
    Workspace(WorkspaceId),
    /// In every workspace of the space, also later ones; internal keys only (L025).
    AllWorkspaces,
}

impl Reach {
    /// Whether roles count there now, `workspaces` being those that are known: in a closed or removed workspace none does.
    #[must_use]
    pub fn is_open(self, workspaces: &HashMap<WorkspaceId, Arc<Workspace>>) -> bool {
        match self {
            Self::Space | Self::AllWorkspaces => true,
            Self::Workspace(id) => workspaces.get(&id).is_some_and(|workspace| workspace.is_open()),
        }
    }
}

/// One role held in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The space in which it is held.
    pub space: SpaceId,
    /// The role.
    pub role: RoleId,
    /// Where it counts.
    pub reach: Reach,
    /// Who gave it.
    pub source: AssignmentSource,
    /// The change that gave it. It counts only for tokens made at or after this.
    pub since: Seq,
}
