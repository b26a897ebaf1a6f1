//! Roles of users.

use std::collections::{BTreeSet, HashMap};

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, delete, insert_into};
use uuid::Uuid;

use super::{
    api_key_roles::home_of,
    error::Error,
    row,
    schema::{role_permissions, user_roles, users},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    assignment::{Assignment, Reach},
    change::Subject,
    ids::{Id, SpaceId, UserId, WorkspaceId},
    page::{Page, PageRequest},
    role::Role,
    sequence::Seq,
    text_enum::TextEnum,
    user::{AccountType, UserState},
};

/// The roles of these users; those who hold none are left out.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_users(tx: &mut impl Reads, ids: &[UserId]) -> Result<HashMap<UserId, Vec<Assignment>>, Error> {
    let rows = user_roles::table
        .filter(user_roles::user_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((
            user_roles::user_id,
            user_roles::space_id,
            user_roles::role_id,
            user_roles::workspace_id,
            user_roles::source,
            user_roles::since,
        ))
        .order((user_roles::role_id, user_roles::reach_id))
        .load::<(DbId, DbId, DbId, Option<DbId>, String, i64)>(tx.db())?;
    let mut of_user: HashMap<UserId, Vec<Assignment>> = HashMap::new();
    for (user, space, role, workspace, source, since) in rows {
        of_user.entry(user.to()).or_default().push(Assignment {
            space: space.to(),
            role: role.to(),
            reach: workspace.map_or(Reach::Space, |id| Reach::Workspace(id.to::<WorkspaceId>())),
            source: row::word("user_roles", "source", &source)?,
            since: Seq::new(since),
        });
    }
    Ok(of_user)
}

/// Active people who hold a role with this permission, in this space or anywhere. Whether it counts is for those to say who
/// know where.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn people_with(tx: &mut impl Reads, permission: &str, space: Option<SpaceId>) -> Result<BTreeSet<UserId>, Error> {
    let mut query = user_roles::table
        .inner_join(role_permissions::table.on(role_permissions::role_id.eq(user_roles::role_id)))
        .inner_join(users::table.on(users::id.eq(user_roles::user_id)))
        .filter(role_permissions::permission.eq(permission))
        .filter(users::state.eq(UserState::Active.as_str()))
        .filter(users::account_type.eq(AccountType::Standard.as_str()))
        .select(user_roles::user_id)
        .into_boxed();
    if let Some(space) = space {
        query = query.filter(user_roles::space_id.eq(DbId::from(space)));
    }
    Ok(query.load::<DbId>(tx.db())?.into_iter().map(DbId::to).collect())
}

/// A page of the users who hold a role in this workspace, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn members(
    tx: &mut impl Reads,
    space: SpaceId,
    workspace: WorkspaceId,
    request: PageRequest<UserId>,
) -> Result<Page<UserId, UserId>, Error> {
    let mut query = user_roles::table
        .filter(user_roles::space_id.eq(DbId::from(space)))
        .filter(user_roles::workspace_id.eq(DbId::from(workspace)))
        .select(user_roles::user_id)
        .distinct()
        .order(user_roles::user_id)
        .limit(request.rows())
        .into_boxed();
    if let Some(after) = request.after {
        query = query.filter(user_roles::user_id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// Gives a role to a user, from this change on.
///
/// # Errors
/// [`Error::Duplicate`] if the user holds it there already, [`Error::Refused`] for a role or workspace of another space.
pub fn give(change: &mut Change<'_>, id: UserId, role: &Role, given: &Assignment) -> Result<(), Error> {
    let workspace = match given.reach {
        Reach::Workspace(workspace) => Some(workspace),
        Reach::Space | Reach::AllWorkspaces => None,
    };
    insert_into(user_roles::table)
        .values((
            user_roles::user_id.eq(DbId::from(id)),
            user_roles::space_id.eq(DbId::from(given.space)),
            user_roles::role_home_id.eq(home_of(role)),
            user_roles::role_id.eq(DbId::from(role.id)),
            user_roles::reach_id.eq(workspace.map_or(DbId(Uuid::nil()), DbId::from)),
            user_roles::workspace_id.eq(workspace.map(DbId::from)),
            user_roles::source.eq(given.source.as_str()),
            user_roles::since.eq(change.seq().get()),
        ))
        .execute(change.db)?;
    change.touch(Subject::User(id))
}

/// Takes a role from a user; the user's keys lose it at once.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn take(change: &mut Change<'_>, id: UserId, taken: &Assignment) -> Result<(), Error> {
    let reach = match taken.reach {
        Reach::Workspace(workspace) => workspace.as_uuid(),
        Reach::Space | Reach::AllWorkspaces => Uuid::nil(),
    };
    let held = user_roles::table
        .filter(user_roles::user_id.eq(DbId::from(id)))
        .filter(user_roles::space_id.eq(DbId::from(taken.space)))
        .filter(user_roles::role_id.eq(DbId::from(taken.role)))
        .filter(user_roles::reach_id.eq(DbId(reach)))
        .filter(user_roles::source.eq(taken.source.as_str()));
    delete(held).execute(change.db)?;
    change.touch(Subject::User(id))
}
