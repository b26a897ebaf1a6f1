//! Definitions of roles. The built-in ones are written from the catalogue of the domain.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, delete, insert_into,
    update,
};
use uuid::Uuid;

use super::{
    error::Error,
    permissions, row,
    schema::{api_key_roles, role_permissions, roles, user_roles, users},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    catalogue::{BUILT_IN_ROLES, BuiltInRole},
    change::Subject,
    ids::{Id, RoleId, SpaceId},
    name::Description,
    page::{Page, PageRequest},
    role::{Role, RoleHome, RoleName, RolePermission},
    text_enum::TextEnum,
    user::AccountType,
};

/// Stands for "built in" where the space of a custom role would stand.
pub(super) const BUILT_IN_HOME: DbId = DbId(Uuid::nil());

/// A row of the table, in the order of its columns.
#[derive(Queryable)]
struct Row {
    _home_id: DbId,
    id: DbId,
    space_id: Option<DbId>,
    name: String,
    description: String,
    level: String,
    integration: String,
    admin_class: bool,
    _created_at: i64,
    copied_from: Option<DbId>,
}

/// The role with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: RoleId) -> Result<Option<Role>, Error> {
    Ok(find_many(tx, &[id])?.pop())
}

/// Those of `ids` that are there.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = roles::table.filter(roles::id.eq_any(ids)).order(roles::id).load::<Row>(tx.db())?;
    read(tx, rows)
}

/// The built-in role of this name, else the one that the space made.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_name(tx: &mut impl Reads, space: SpaceId, name: &str) -> Result<Option<Role>, Error> {
    let rows = roles::table
        .filter(roles::home_id.eq_any([BUILT_IN_HOME, DbId::from(space)]))
        .filter(roles::name.eq(name))
        .load::<Row>(tx.db())?;
    Ok(read(tx, rows)?.pop())
}

/// The built-in roles and those that the space made, by id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_space(tx: &mut impl Reads, space: Option<SpaceId>) -> Result<Vec<Role>, Error> {
    let homes = std::iter::once(BUILT_IN_HOME).chain(space.map(DbId::from));
    let rows = roles::table.filter(roles::home_id.eq_any(homes)).order(roles::id).load::<Row>(tx.db())?;
    read(tx, rows)
}

/// A page of the built-in roles and those that the space made, by id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn page(tx: &mut impl Reads, space: SpaceId, request: PageRequest<RoleId>) -> Result<Page<Role, RoleId>, Error> {
    let homes = [BUILT_IN_HOME, DbId::from(space)];
    let mut query =
        roles::table.filter(roles::home_id.eq_any(homes)).order(roles::id).limit(request.rows()).into_boxed();
    if let Some(after) = request.after {
        query = query.filter(roles::id.gt(DbId::from(after)));
    }
    let rows = query.load::<Row>(tx.db())?;
    Ok(request.page(read(tx, rows)?, |role| role.id))
}

fn read(tx: &mut impl Reads, rows: Vec<Row>) -> Result<Vec<Role>, Error> {
    let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
    let mut of_role = permissions_of(tx, &ids)?;
    rows.into_iter()
        .map(|row| {
            let name = &row.name;
            Ok(Role {
                id: row.id.to(),
                home: row.space_id.map_or(RoleHome::BuiltIn, |space| RoleHome::Space(space.to())),
                name: RoleName::parse(name).ok_or_else(|| Error::corrupt("roles", "name", name.as_str()))?,
                description: row::parsed("roles", "description", &row.description, Description::parse)?,
                level: row::word("roles", "level", &row.level)?,
                integration: row::word("roles", "integration", &row.integration)?,
                admin_class: row.admin_class,
                copied_from: row.copied_from.map(DbId::to),
                permissions: of_role.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}

fn permissions_of(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Vec<RolePermission>>, Error> {
    let held = role_permissions::table
        .filter(role_permissions::role_id.eq_any(ids.to_vec()))
        .order((role_permissions::role_id, role_permissions::permission))
        .load::<(DbId, String)>(tx.db())?;
    let names: Vec<&str> = held.iter().map(|(_, name)| name.as_str()).collect();
    let classes = permissions::classes(tx, &names)?;
    let mut of_role: HashMap<DbId, Vec<RolePermission>> = HashMap::new();
    for (role, name) in held {
        // What nobody knows any more is let through by the stronger scope alone.
        let class = classes.get(&name).copied().unwrap_or(crate::domain::permission::PermissionClass::Write);
        of_role.entry(role).or_default().push(RolePermission { name, class });
    }
    Ok(of_role)
}

/// Makes the tables say what the catalogue says; touches only roles that differ.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn write_built_in(change: &mut Change<'_>) -> Result<(), Error> {
    for built_in in BUILT_IN_ROLES {
        let id = RoleId::from_uuid(Uuid::from_u128(built_in.number));
        match find(change, id)? {
            Some(role) if is_as_in_catalogue(&role, built_in) => {}
            Some(_) => {
                update(roles::table.find(DbId::from(id)))
                    .set(roles::description.eq(built_in.description))
                    .execute(change.db)?;
                replace_permissions(change, id, built_in.permissions)?;
            }
            None => insert_built_in(change, id, built_in)?,
        }
    }
    Ok(())
}

fn is_as_in_catalogue(role: &Role, built_in: &BuiltInRole) -> bool {
    let mut expected: Vec<&str> = built_in.permissions.to_vec();
    expected.sort_unstable();
    role.description.as_str() == built_in.description
        && role.permissions.iter().map(|held| held.name.as_str()).eq(expected)
}

fn insert_built_in(change: &mut Change<'_>, id: RoleId, built_in: &BuiltInRole) -> Result<(), Error> {
    insert_into(roles::table)
        .values((
            roles::home_id.eq(BUILT_IN_HOME),
            roles::id.eq(DbId::from(id)),
            roles::name.eq(built_in.name),
            roles::description.eq(built_in.description),
            roles::level.eq(built_in.level.as_str()),
            roles::integration.eq(built_in.integration.as_str()),
            roles::admin_class.eq(built_in.admin_class),
            roles::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    replace_permissions(change, id, built_in.permissions)
}

/// Sets the permissions of a role.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn replace_permissions(change: &mut Change<'_>, id: RoleId, permissions: &[&str]) -> Result<(), Error> {
    delete(role_permissions::table.filter(role_permissions::role_id.eq(DbId::from(id)))).execute(change.db)?;
    for permission in permissions {
        insert_into(role_permissions::table)
            .values((role_permissions::role_id.eq(DbId::from(id)), role_permissions::permission.eq(permission)))
            .execute(change.db)?;
    }
    change.touch(Subject::Role(id))
}

/// Makes a role of a space.
///
/// # Errors
/// [`Error::Duplicate`] if the space has one of that name.
pub fn insert(change: &mut Change<'_>, space: SpaceId, role: &Role) -> Result<(), Error> {
    insert_into(roles::table)
        .values((
            roles::home_id.eq(DbId::from(space)),
            roles::id.eq(DbId::from(role.id)),
            roles::space_id.eq(DbId::from(space)),
            roles::name.eq(role.name.as_str()),
            roles::description.eq(role.description.as_str()),
            roles::level.eq(role.level.as_str()),
            roles::integration.eq(role.integration.as_str()),
            roles::admin_class.eq(role.admin_class),
            roles::copied_from.eq(role.copied_from.map(DbId::from)),
            roles::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    replace_permissions(change, role.id, &names(role))
}

/// Writes everything of a role that may change.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, role: &Role) -> Result<(), Error> {
    update(roles::table.find(DbId::from(role.id)))
        .set((roles::description.eq(role.description.as_str()), roles::admin_class.eq(role.admin_class)))
        .execute(change.db)?;
    replace_permissions(change, role.id, &names(role))
}

fn names(role: &Role) -> Vec<&str> {
    role.permissions.iter().map(|held| held.name.as_str()).collect()
}

/// Whether anybody holds the role.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn is_held(tx: &mut impl Reads, id: RoleId) -> Result<bool, Error> {
    let (users, keys) = (user_roles::table, api_key_roles::table);
    let by_user = users.filter(user_roles::role_id.eq(DbId::from(id))).select(user_roles::user_id);
    let by_key = keys.filter(api_key_roles::role_id.eq(DbId::from(id))).select(api_key_roles::api_key_id);
    Ok(by_user.first::<DbId>(tx.db()).optional()?.is_some() || by_key.first::<DbId>(tx.db()).optional()?.is_some())
}

/// Whether a service account holds the role.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn is_held_by_service_account(tx: &mut impl Reads, id: RoleId) -> Result<bool, Error> {
    let holders = user_roles::table.filter(user_roles::role_id.eq(DbId::from(id))).select(user_roles::user_id);
    let services = users::table.filter(users::account_type.eq(AccountType::Service.as_str()));
    let found = services.filter(users::id.eq_any(holders)).select(users::id).first::<DbId>(tx.db()).optional()?;
    Ok(found.is_some())
}

/// Deletes a role of a space that nobody holds. Answers whether it was there.
///
/// # Errors
/// [`Error::Refused`] if somebody holds it.
pub fn remove(change: &mut Change<'_>, id: RoleId) -> Result<bool, Error> {
    let custom = roles::id.eq(DbId::from(id)).and(roles::space_id.is_not_null());
    let rows = delete(roles::table.filter(custom)).execute(change.db)?;
    change.touch(Subject::Role(id))?;
    Ok(rows == 1)
}
