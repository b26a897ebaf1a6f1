//! Definitions of roles. The built-in ones are written from the catalogue of the domain.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into};
use uuid::Uuid;

use super::{
    error::Error,
    row,
    schema::{role_permissions, roles},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    catalogue::{BUILT_IN_ROLES, BuiltInRole},
    change::Subject,
    ids::{Id, RoleId, SpaceId},
    name::Description,
    role::{Role, RoleHome, RoleName},
    text_enum::TextEnum,
};

/// Stands for "built in" where the space of a custom role would stand.
pub(super) const BUILT_IN_HOME: DbId = DbId(Uuid::nil());

type Row = (DbId, DbId, Option<DbId>, String, String, String, String, bool, i64, Option<DbId>);

/// The role with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: RoleId) -> Result<Option<Role>, Error> {
    let found = roles::table.find(DbId::from(id)).first::<Row>(tx.db()).optional()?;
    found.map(|row| read(tx, row)).transpose()
}

/// The built-in role of this name, else the one that the space made.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_by_name(tx: &mut impl Reads, space: SpaceId, name: &str) -> Result<Option<Role>, Error> {
    let found = roles::table
        .filter(roles::home_id.eq_any([BUILT_IN_HOME, DbId::from(space)]))
        .filter(roles::name.eq(name))
        .first::<Row>(tx.db())
        .optional()?;
    found.map(|row| read(tx, row)).transpose()
}

/// The built-in roles and those that the space made, by id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn of_space(tx: &mut impl Reads, space: Option<SpaceId>) -> Result<Vec<Role>, Error> {
    let homes = std::iter::once(BUILT_IN_HOME).chain(space.map(DbId::from));
    let rows = roles::table.filter(roles::home_id.eq_any(homes)).order(roles::id).load::<Row>(tx.db())?;
    rows.into_iter().map(|row| read(tx, row)).collect()
}

fn read(tx: &mut impl Reads, row: Row) -> Result<Role, Error> {
    let (_home, id, space, name, description, level, integration, admin_class, ..) = row;
    let permissions = role_permissions::table
        .filter(role_permissions::role_id.eq(id))
        .select(role_permissions::permission)
        .order(role_permissions::permission)
        .load::<String>(tx.db())?;
    Ok(Role {
        id: id.to(),
        home: space.map_or(RoleHome::BuiltIn, |space| RoleHome::Space(space.to())),
        name: RoleName::parse(&name).ok_or_else(|| Error::corrupt("roles", "name", name.as_str()))?,
        description: row::parsed("roles", "description", &description, Description::parse)?,
        level: row::word("roles", "level", &level)?,
        integration: row::word("roles", "integration", &integration)?,
        admin_class,
        permissions,
    })
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
                replace_permissions(change, id, built_in.permissions)?;
                change.touch(Subject::Role(id))?;
            }
            None => insert_built_in(change, id, built_in)?,
        }
    }
    Ok(())
}

fn is_as_in_catalogue(role: &Role, built_in: &BuiltInRole) -> bool {
    let mut expected: Vec<&str> = built_in.permissions.to_vec();
    expected.sort_unstable();
    role.permissions.iter().map(String::as_str).eq(expected)
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
    replace_permissions(change, id, built_in.permissions)?;
    change.touch(Subject::Role(id))
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
            roles::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    let permissions: Vec<&str> = role.permissions.iter().map(String::as_str).collect();
    replace_permissions(change, role.id, &permissions)
}
