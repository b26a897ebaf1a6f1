//! Scopes that resource servers registered.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    error::Error,
    row,
    schema::scopes,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    ids::ResourceServerId,
    name::Description,
    scope::{RegisteredScope, ScopeName},
    text_enum::TextEnum,
};

/// All of them, by name.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn all(tx: &mut impl Reads) -> Result<Vec<RegisteredScope>, Error> {
    let rows = scopes::table.order(scopes::name).load::<(String, DbId, String, String, i64)>(tx.db())?;
    rows.into_iter()
        .map(|(name, server, class, description, _created_at)| {
            Ok(RegisteredScope {
                name: row::parsed("scopes", "name", &name, ScopeName::parse)?,
                resource_server: server.to(),
                class: row::word("scopes", "class", &class)?,
                description: row::parsed("scopes", "description", &description, Description::parse)?,
            })
        })
        .collect()
}

/// Registers a scope. What it lets through never changes.
///
/// # Errors
/// [`Error::Duplicate`] if the name is taken.
pub fn insert(change: &mut Change<'_>, scope: &RegisteredScope) -> Result<(), Error> {
    insert_into(scopes::table)
        .values((
            scopes::name.eq(scope.name.as_str()),
            scopes::resource_server_id.eq(DbId::from(scope.resource_server)),
            scopes::class.eq(scope.class.as_str()),
            scopes::description.eq(scope.description.as_str()),
            scopes::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    change.touch(Subject::Site)
}

/// Forgets the scopes of a resource server that goes: nobody takes its tokens any more.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove_of(change: &mut Change<'_>, server: ResourceServerId) -> Result<(), Error> {
    delete(scopes::table.filter(scopes::resource_server_id.eq(DbId::from(server)))).execute(change.db)?;
    change.touch(Subject::Site)
}
