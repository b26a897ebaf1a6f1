//! Users and the roles that they hold.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    api_key_roles::home_of,
    error::Error,
    row,
    schema::{user_roles, users},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    assignment::{Assignment, Reach},
    change::Subject,
    ids::{Id, UserId, WorkspaceId},
    name::Name,
    role::Role,
    sequence::Seq,
    text_enum::TextEnum,
    user::{AccountType, Login, User, UserState},
};

/// What a user is made with.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// The user, without roles.
    pub user: &'a User,
    /// What is typed to log in.
    pub login: &'a Login,
    /// As people see it.
    pub full_name: &'a Name,
    /// Who stands behind the account.
    pub account_type: AccountType,
    /// Argon2id hash in PHC form.
    pub password_hash: Option<&'a str>,
}

/// What decisions need to know of the user with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: UserId) -> Result<Option<User>, Error> {
    type Row = (DbId, String, bool, i64, i64, i64);
    let found = users::table
        .find(DbId::from(id))
        .select((
            users::home_space_id,
            users::state,
            users::api_keys_enabled,
            users::cut_off,
            users::keys_cut_off,
            users::logins_cut_off,
        ))
        .first::<Row>(tx.db())
        .optional()?;
    let Some((home, state, api_keys_enabled, cut_off, keys_cut_off, logins_cut_off)) = found else { return Ok(None) };
    Ok(Some(User {
        id,
        home: home.to(),
        state: row::word("users", "state", &state)?,
        api_keys_enabled,
        cut_off: Seq::new(cut_off),
        keys_cut_off: Seq::new(keys_cut_off),
        logins_cut_off: Seq::new(logins_cut_off),
        roles: roles_of(tx, id)?,
    }))
}

/// The id of the user who logs in with this.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn find_by_login(tx: &mut impl Reads, login: &Login) -> Result<Option<UserId>, Error> {
    let found = users::table.filter(users::login.eq(login.as_str())).select(users::id).first::<DbId>(tx.db());
    Ok(found.optional()?.map(DbId::to))
}

fn roles_of(tx: &mut impl Reads, id: UserId) -> Result<Vec<Assignment>, Error> {
    let rows = user_roles::table
        .filter(user_roles::user_id.eq(DbId::from(id)))
        .select((
            user_roles::space_id,
            user_roles::role_id,
            user_roles::workspace_id,
            user_roles::source,
            user_roles::since,
        ))
        .load::<(DbId, DbId, Option<DbId>, String, i64)>(tx.db())?;
    rows.into_iter()
        .map(|(space, role, workspace, source, since)| {
            Ok(Assignment {
                space: space.to(),
                role: role.to(),
                reach: workspace.map_or(Reach::Space, |id| Reach::Workspace(id.to::<WorkspaceId>())),
                source: row::word("user_roles", "source", &source)?,
                since: Seq::new(since),
            })
        })
        .collect()
}

/// Makes a user.
///
/// # Errors
/// [`Error::Duplicate`] if the login is taken.
pub fn insert(change: &mut Change<'_>, new: &NewUser<'_>) -> Result<(), Error> {
    insert_into(users::table)
        .values((
            users::id.eq(DbId::from(new.user.id)),
            users::home_space_id.eq(DbId::from(new.user.home)),
            users::login.eq(new.login.as_str()),
            users::full_name.eq(new.full_name.as_str()),
            users::account_type.eq(new.account_type.as_str()),
            users::state.eq(new.user.state.as_str()),
            users::password_hash.eq(new.password_hash),
            users::api_keys_enabled.eq(new.user.api_keys_enabled),
            users::cut_off.eq(new.user.cut_off.get()),
            users::keys_cut_off.eq(new.user.keys_cut_off.get()),
            users::logins_cut_off.eq(new.user.logins_cut_off.get()),
            users::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::User(new.user.id))
}

/// Disables or enables a user. Disabling is a cut-off for everything of the user.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn set_state(change: &mut Change<'_>, id: UserId, state: UserState) -> Result<(), Error> {
    let seq = change.seq().get();
    let user = users::table.find(DbId::from(id));
    match state {
        UserState::Active => update(user).set(users::state.eq(state.as_str())).execute(change.db)?,
        UserState::Disabled => {
            update(user).set((users::state.eq(state.as_str()), users::cut_off.eq(seq))).execute(change.db)?
        }
    };
    change.touch(Subject::User(id))
}

/// Gives a role to a user, from this change on.
///
/// # Errors
/// [`Error::Duplicate`] if the user holds it there already, [`Error::Refused`] for a role or workspace of another space.
pub fn give_role(change: &mut Change<'_>, id: UserId, role: &Role, given: &Assignment) -> Result<(), Error> {
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
            user_roles::reach_id.eq(workspace.map_or(DbId(uuid::Uuid::nil()), DbId::from)),
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
pub fn take_role(change: &mut Change<'_>, id: UserId, taken: &Assignment) -> Result<(), Error> {
    let reach = match taken.reach {
        Reach::Workspace(workspace) => workspace.as_uuid(),
        Reach::Space | Reach::AllWorkspaces => uuid::Uuid::nil(),
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
