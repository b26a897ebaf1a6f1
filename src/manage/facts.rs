//! What people see of API keys: names instead of ids, and never a secret.

use std::{collections::HashMap, sync::Arc};

use super::{error::Error, find};
use crate::{
    domain::{
        api_key::{ApiKey, Owner},
        assignment::Reach,
        ids::{ApiKeyId, SpaceId},
        integration_type::IntegrationType,
        rights::{Place, Standing},
        role::RoleName,
    },
    store::{self, transaction::Reads},
};

/// An API key as people see it.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// The key with its pairs.
    pub key: Arc<ApiKey>,
    /// Derived from the roles that count now (L009).
    pub integration_type: IntegrationType,
    /// The roles that count now, by place and name.
    pub roles: Vec<(RoleName, Place)>,
}

/// One key.
///
/// # Errors
/// `not_found`.
pub fn show(tx: &mut impl Reads, id: ApiKeyId) -> Result<KeyFacts, Error> {
    let standing = standing(tx, id)?;
    let held = standing.held_roles();
    let integrations = held.iter().map(|held| held.role.integration);
    let integration_type = IntegrationType::derive(standing.key.internal, integrations);
    let mut roles: Vec<_> = held.into_iter().map(|held| (held.role.name.clone(), held.place)).collect();
    roles.sort_by(|(one, here), (other, there)| (here, one).cmp(&(there, other)));
    Ok(KeyFacts { key: standing.key, integration_type, roles })
}

/// The keys of a space, oldest first.
///
/// # Errors
/// `not_found`.
pub fn list(tx: &mut impl Reads, space: SpaceId) -> Result<Vec<KeyFacts>, Error> {
    find::space(tx, space)?;
    store::api_keys::ids_of_space(tx, space)?.into_iter().map(|id| show(tx, id)).collect()
}

fn standing(tx: &mut impl Reads, id: ApiKeyId) -> Result<Standing, Error> {
    let key = find::api_key(tx, id)?;
    let space = find::space(tx, key.space)?;
    let owner = match key.owner {
        Owner::Space => None,
        Owner::User { id, .. } => store::users::find(tx, id)?,
    };
    let of_owner = owner.iter().flat_map(|user| &user.roles).filter(|given| given.space == key.space);
    let (mut roles, mut workspaces) = (HashMap::new(), HashMap::new());
    for assignment in key.roles.iter().chain(of_owner) {
        if let Some(role) = store::roles::find(tx, assignment.role)? {
            roles.insert(assignment.role, Arc::new(role));
        }
        if let Reach::Workspace(id) = assignment.reach
            && let Some(workspace) = store::workspaces::find(tx, id)?
        {
            workspaces.insert(id, Arc::new(workspace));
        }
    }
    Ok(Standing { key: Arc::new(key), space: Arc::new(space), owner: owner.map(Arc::new), roles, workspaces })
}
