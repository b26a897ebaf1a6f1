//! Permissions that resource servers registered, beside those that Keystead knows itself.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    error::Error,
    row,
    schema::{permissions, role_permissions},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::ResourceServerId,
    name::Description,
    permission::{self, PermissionClass, PermissionName, RegisteredPermission},
    text_enum::TextEnum,
};

type Row = (String, DbId, String, String, String, i64);

/// All of them, by name.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<RegisteredPermission>, Error> {
    permissions::table.order(permissions::name).load::<Row>(tx.db())?.into_iter().map(read).collect()
}

/// The one of this name.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, name: &str) -> Result<Option<RegisteredPermission>, Error> {
    permissions::table.find(name).first::<Row>(tx.db()).optional()?.map(read).transpose()
}

fn read((name, server, class, level, description, _created_at): Row) -> Result<RegisteredPermission, Error> {
    Ok(RegisteredPermission {
        name: row::parsed("permissions", "name", &name, PermissionName::parse)?,
        resource_server: server.to(),
        class: row::word("permissions", "class", &class)?,
        level: row::word("permissions", "level", &level)?,
        description: row::parsed("permissions", "description", &description, Description::parse)?,
    })
}

/// Classes of the permissions of these names, of whichever kind; those that nobody knows are left out.
pub(super) fn classes(tx: &mut impl Reads, names: &[&str]) -> Result<HashMap<String, PermissionClass>, Error> {
    let mut classes = HashMap::new();
    let mut registered = Vec::new();
    for name in names {
        match permission::find(name) {
            Some(known) => drop(classes.insert((*name).to_owned(), known.class)),
            None => registered.push(*name),
        }
    }
    if registered.is_empty() {
        return Ok(classes);
    }
    let found = permissions::table
        .filter(permissions::name.eq_any(registered))
        .select((permissions::name, permissions::class))
        .load::<(String, String)>(tx.db())?;
    for (name, class) in found {
        classes.insert(name, row::word("permissions", "class", &class)?);
    }
    Ok(classes)
}

/// Registers a permission.
///
/// # Errors
/// [`Error::Duplicate`] if the name is taken.
pub fn insert(change: &mut Change<'_>, permission: &RegisteredPermission) -> Result<(), Error> {
    insert_into(permissions::table)
        .values((
            permissions::name.eq(permission.name.as_str()),
            permissions::resource_server_id.eq(DbId::from(permission.resource_server)),
            permissions::class.eq(permission.class.as_str()),
            permissions::level.eq(permission.level.as_str()),
            permissions::description.eq(permission.description.as_str()),
            permissions::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::ResourceServer(permission.resource_server))
}

/// Whether some role has the permission.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn is_in_a_role(tx: &mut impl Reads, name: &str) -> Result<bool, Error> {
    let held = role_permissions::table.filter(role_permissions::permission.eq(name)).select(role_permissions::role_id);
    Ok(held.first::<DbId>(tx.db()).optional()?.is_some())
}

/// Forgets a permission that no role has.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, server: ResourceServerId, name: &str) -> Result<(), Error> {
    delete(permissions::table.find(name)).execute(change.db)?;
    change.touch(Subject::ResourceServer(server))
}
