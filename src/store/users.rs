//! Users. The roles that they hold stand in [`super::user_roles`].

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl, delete, dsl::exists, insert_into, update,
};

use super::{
    error::Error,
    row,
    schema::{api_keys, user_emails, user_roles, users},
    search,
    transaction::{Change, Reads},
    types::DbId,
    user_roles as roles_of_users,
};
use crate::domain::{
    change::Subject,
    email::Email,
    ids::{SpaceId, UserId},
    name::Name,
    page::{Page, PageRequest},
    sequence::Seq,
    text_enum::TextEnum,
    time::Timestamp,
    user::{Login, User, UserProfile},
};

/// The columns that decisions read.
#[derive(Queryable)]
struct Row {
    id: DbId,
    home: DbId,
    state: String,
    api_keys_enabled: bool,
    password_set_at: Option<i64>,
    sso_exempt: bool,
    cut_off: i64,
    keys_cut_off: i64,
    logins_cut_off: i64,
}

/// What decisions need to know of the user with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: UserId) -> Result<Option<User>, Error> {
    Ok(find_many(tx, &[id])?.pop())
}

/// Those of `ids` that are there.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[UserId]) -> Result<Vec<User>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = users::table
        .filter(users::id.eq_any(wanted))
        .order(users::id)
        .select((
            users::id,
            users::home_space_id,
            users::state,
            users::api_keys_enabled,
            users::password_set_at,
            users::sso_exempt,
            users::cut_off,
            users::keys_cut_off,
            users::logins_cut_off,
        ))
        .load::<Row>(tx.db())?;
    let mut roles = roles_of_users::of_users(tx, ids)?;
    rows.into_iter()
        .map(|row| {
            let id = row.id.to();
            Ok(User {
                id,
                home: row.home.to(),
                state: row::word("users", "state", &row.state)?,
                api_keys_enabled: row.api_keys_enabled,
                password_set_at: row.password_set_at.map(Timestamp::from_micros),
                sso_exempt: row.sso_exempt,
                cut_off: Seq::new(row.cut_off),
                keys_cut_off: Seq::new(row.keys_cut_off),
                logins_cut_off: Seq::new(row.logins_cut_off),
                roles: roles.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

/// The id of the user who logs in with this.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn find_by_login(tx: &mut impl Reads, login: &Login) -> Result<Option<UserId>, Error> {
    let found = users::table.filter(users::login.eq(login.as_str())).select(users::id).first::<DbId>(tx.db());
    Ok(found.optional()?.map(DbId::to))
}

type ProfileRow = (DbId, String, String, String, i64);

/// What people see of these users.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn profiles(tx: &mut impl Reads, ids: &[UserId]) -> Result<HashMap<UserId, UserProfile>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = users::table
        .filter(users::id.eq_any(wanted.clone()))
        .select((users::id, users::login, users::full_name, users::account_type, users::created_at))
        .load::<ProfileRow>(tx.db())?;
    let mut emails: HashMap<DbId, Vec<Email>> = HashMap::new();
    let addresses = user_emails::table
        .filter(user_emails::user_id.eq_any(wanted))
        .order((user_emails::user_id, user_emails::email))
        .load::<(DbId, String)>(tx.db())?;
    for (user, text) in addresses {
        let email = Email::parse(&text).map_err(|_| Error::corrupt("user_emails", "email", "not an address"))?;
        emails.entry(user).or_default().push(email);
    }
    rows.into_iter()
        .map(|(id, login, full_name, account_type, created_at)| {
            let profile = UserProfile {
                login: Login::parse(&login).ok_or_else(|| Error::corrupt("users", "login", login.as_str()))?,
                full_name: row::parsed("users", "full_name", &full_name, Name::parse)?,
                emails: emails.remove(&id).unwrap_or_default(),
                account_type: row::word("users", "account_type", &account_type)?,
                created_at: Timestamp::from_micros(created_at),
            };
            Ok((id.to(), profile))
        })
        .collect()
}

/// Which users of a space.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Part of the login or of the full name, in any case.
    pub text: Option<String>,
    /// Those who are at home elsewhere and hold a role here, instead of those who are at home here.
    pub guests: bool,
}

/// A page of the users of a space, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    filter: &UserFilter,
    request: PageRequest<UserId>,
) -> Result<Page<UserId, UserId>, Error> {
    let mut query = users::table.order(users::id).limit(request.rows()).select(users::id).into_boxed();
    query = if filter.guests {
        let with_a_role =
            user_roles::table.filter(user_roles::space_id.eq(DbId::from(space))).select(user_roles::user_id);
        query.filter(users::home_space_id.ne(DbId::from(space))).filter(users::id.eq_any(with_a_role))
    } else {
        query.filter(users::home_space_id.eq(DbId::from(space)))
    };
    if let Some(text) = &filter.text {
        query = query.filter(search::contains(users::login, text).or(search::contains(users::full_name, text)));
    }
    if let Some(after) = request.after {
        query = query.filter(users::id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// Makes a user with everything but roles. `password_hash` is an Argon2id hash in PHC form.
///
/// # Errors
/// [`Error::Duplicate`] if the login is taken.
pub fn insert(
    change: &mut Change<'_>,
    user: &User,
    profile: &UserProfile,
    password_hash: Option<&str>,
) -> Result<(), Error> {
    insert_into(users::table)
        .values((
            users::id.eq(DbId::from(user.id)),
            users::home_space_id.eq(DbId::from(user.home)),
            users::login.eq(profile.login.as_str()),
            users::full_name.eq(profile.full_name.as_str()),
            users::account_type.eq(profile.account_type.as_str()),
            users::state.eq(user.state.as_str()),
            users::password_hash.eq(password_hash),
            users::password_set_at.eq(user.password_set_at.map(Timestamp::as_micros)),
            users::sso_exempt.eq(user.sso_exempt),
            users::api_keys_enabled.eq(user.api_keys_enabled),
            users::cut_off.eq(user.cut_off.get()),
            users::keys_cut_off.eq(user.keys_cut_off.get()),
            users::logins_cut_off.eq(user.logins_cut_off.get()),
            users::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    replace_emails(change, user.id, &profile.emails)
}

/// Writes what decisions read of a user, apart from the roles: changes run one by one, so what was read is what is there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, user: &User) -> Result<(), Error> {
    update(users::table.find(DbId::from(user.id)))
        .set((
            users::state.eq(user.state.as_str()),
            users::password_set_at.eq(user.password_set_at.map(Timestamp::as_micros)),
            users::sso_exempt.eq(user.sso_exempt),
            users::api_keys_enabled.eq(user.api_keys_enabled),
            users::cut_off.eq(user.cut_off.get()),
            users::keys_cut_off.eq(user.keys_cut_off.get()),
            users::logins_cut_off.eq(user.logins_cut_off.get()),
        ))
        .execute(change.db)?;
    change.touch(Subject::User(user.id))
}

/// Writes what people see of a user.
///
/// # Errors
/// [`Error::Duplicate`] if the login is taken.
pub fn save_profile(change: &mut Change<'_>, id: UserId, profile: &UserProfile) -> Result<(), Error> {
    update(users::table.find(DbId::from(id)))
        .set((
            users::login.eq(profile.login.as_str()),
            users::full_name.eq(profile.full_name.as_str()),
            users::account_type.eq(profile.account_type.as_str()),
        ))
        .execute(change.db)?;
    replace_emails(change, id, &profile.emails)
}

fn replace_emails(change: &mut Change<'_>, id: UserId, emails: &[Email]) -> Result<(), Error> {
    delete(user_emails::table.filter(user_emails::user_id.eq(DbId::from(id)))).execute(change.db)?;
    for email in emails {
        insert_into(user_emails::table)
            .values((user_emails::user_id.eq(DbId::from(id)), user_emails::email.eq(email.as_str())))
            .execute(change.db)?;
    }
    change.touch(Subject::User(id))
}

/// Sets the password; the row of the user says when ([`save`]).
///
/// # Errors
/// [`Error::Refused`] for a service account.
pub fn set_password(change: &mut Change<'_>, id: UserId, password_hash: &str) -> Result<(), Error> {
    update(users::table.find(DbId::from(id))).set(users::password_hash.eq(password_hash)).execute(change.db)?;
    change.touch(Subject::User(id))
}

/// Deletes a user who owns no key.
///
/// # Errors
/// [`Error::Refused`] if the user owns keys.
pub fn remove(change: &mut Change<'_>, id: UserId) -> Result<(), Error> {
    delete(users::table.find(DbId::from(id))).execute(change.db)?;
    change.touch(Subject::User(id))
}

/// The users of a space who own a key and whose password was set at this time or before; of those who log in with it even
/// where there is single sign-on, if `only_exempt`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn ids_with_older_password(
    tx: &mut impl Reads,
    space: SpaceId,
    before: Timestamp,
    only_exempt: bool,
) -> Result<Vec<UserId>, Error> {
    let old = users::home_space_id.eq(DbId::from(space)).and(users::password_set_at.le(before.as_micros()));
    let own_key = exists(api_keys::table.filter(api_keys::owner_user_id.eq(users::id.nullable())));
    let mut query = users::table.filter(old).filter(own_key).select(users::id).into_boxed();
    if only_exempt {
        query = query.filter(users::sso_exempt.eq(true));
    }
    Ok(query.load::<DbId>(tx.db())?.into_iter().map(DbId::to).collect())
}
