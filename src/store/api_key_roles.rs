//! Roles of API keys.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into};
use uuid::Uuid;

use super::{
    error::Error,
    roles::BUILT_IN_HOME,
    schema::api_key_roles,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    assignment::{Assignment, AssignmentSource, Reach},
    change::Subject,
    ids::{ApiKeyId, Id},
    role::{Role, RoleHome},
    sequence::Seq,
};

/// The roles of these keys; those that have none are left out.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_keys(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Vec<Assignment>>, Error> {
    let rows = api_key_roles::table
        .filter(api_key_roles::api_key_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((
            api_key_roles::api_key_id,
            api_key_roles::space_id,
            api_key_roles::role_id,
            api_key_roles::reach,
            api_key_roles::workspace_id,
            api_key_roles::since,
        ))
        .order((api_key_roles::role_id, api_key_roles::reach_id))
        .load::<(DbId, DbId, DbId, String, Option<DbId>, i64)>(tx.db())?;
    let mut of_key: HashMap<ApiKeyId, Vec<Assignment>> = HashMap::new();
    for (key, space, role, reach, workspace, since) in rows {
        let reach = match (reach.as_str(), workspace) {
            ("space", None) => Reach::Space,
            ("all_workspaces", None) => Reach::AllWorkspaces,
            ("workspace", Some(workspace)) => Reach::Workspace(workspace.to()),
            _ => return Err(Error::corrupt("api_key_roles", "reach", reach)),
        };
        let source = AssignmentSource::Local;
        let given = Assignment { space: space.to(), role: role.to(), reach, source, since: Seq::new(since) };
        of_key.entry(key.to()).or_default().push(given);
    }
    Ok(of_key)
}

/// Gives a role to a key, from this change on.
///
/// # Errors
/// [`Error::Duplicate`] if the key holds it there already, [`Error::Refused`] for a role or workspace of another space.
pub fn give(change: &mut Change<'_>, id: ApiKeyId, role: &Role, given: &Assignment) -> Result<(), Error> {
    let (word, reach_id, workspace) = columns(given.reach);
    insert_into(api_key_roles::table)
        .values((
            api_key_roles::space_id.eq(DbId::from(given.space)),
            api_key_roles::api_key_id.eq(DbId::from(id)),
            api_key_roles::role_home_id.eq(home_of(role)),
            api_key_roles::role_id.eq(DbId::from(role.id)),
            api_key_roles::reach.eq(word),
            api_key_roles::reach_id.eq(reach_id),
            api_key_roles::workspace_id.eq(workspace),
            api_key_roles::since.eq(change.seq().get()),
        ))
        .execute(change.db)?;
    change.touch(Subject::ApiKey(id))
}

/// Takes a role from a key.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(change: &mut Change<'_>, id: ApiKeyId, taken: &Assignment) -> Result<(), Error> {
    let (word, reach_id, _) = columns(taken.reach);
    let held = api_key_roles::table
        .filter(api_key_roles::api_key_id.eq(DbId::from(id)))
        .filter(api_key_roles::role_id.eq(DbId::from(taken.role)))
        .filter(api_key_roles::reach.eq(word))
        .filter(api_key_roles::reach_id.eq(reach_id));
    delete(held).execute(change.db)?;
    change.touch(Subject::ApiKey(id))
}

fn columns(reach: Reach) -> (&'static str, DbId, Option<DbId>) {
    let nowhere = DbId(Uuid::nil());
    match reach {
        Reach::Space => ("space", nowhere, None),
        Reach::AllWorkspaces => ("all_workspaces", nowhere, None),
        Reach::Workspace(id) => ("workspace", DbId(id.as_uuid()), Some(DbId(id.as_uuid()))),
    }
}

/// What stands in `role_home_id` of an assignment.
pub(super) fn home_of(role: &Role) -> DbId {
    match role.home {
        RoleHome::BuiltIn => BUILT_IN_HOME,
        RoleHome::Space(space) => DbId::from(space),
    }
}
