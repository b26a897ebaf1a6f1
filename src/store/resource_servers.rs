//! Resource servers and the audiences that they serve.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    key_pairs, row,
    schema::{audiences, resource_servers},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    audience::Audience,
    change::Subject,
    ids::ResourceServerId,
    name::Name,
    page::{Page, PageRequest},
    resource_server::ResourceServer,
    text_enum::TextEnum,
};

/// What decisions need to know of the resource server with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: ResourceServerId) -> Result<Option<ResourceServer>, Error> {
    let found = resource_servers::table
        .find(DbId::from(id))
        .select((resource_servers::name, resource_servers::state, resource_servers::accepts_api_keys))
        .first::<(String, String, bool)>(tx.db())
        .optional()?;
    let Some((name, state, accepts_api_keys)) = found else { return Ok(None) };
    let served = audiences::table
        .filter(audiences::resource_server_id.eq(DbId::from(id)))
        .select(audiences::audience)
        .order(audiences::audience)
        .load::<String>(tx.db())?;
    let audience = |text: &String| row::parsed("audiences", "audience", text, Audience::parse);
    Ok(Some(ResourceServer {
        id,
        name: row::parsed("resource_servers", "name", &name, Name::parse)?,
        state: row::word("resource_servers", "state", &state)?,
        accepts_api_keys,
        audiences: served.iter().map(audience).collect::<Result<_, _>>()?,
        pairs: key_pairs::of_resource_server(tx, id)?,
    }))
}

/// Ids of all resource servers, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn ids(tx: &mut impl Reads) -> Result<Vec<ResourceServerId>, Error> {
    let ids = resource_servers::table.order(resource_servers::id).select(resource_servers::id);
    Ok(ids.load::<DbId>(tx.db())?.into_iter().map(DbId::to).collect())
}

/// A page of all resource servers, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    request: PageRequest<ResourceServerId>,
) -> Result<Page<ResourceServerId, ResourceServerId>, Error> {
    let mut query = resource_servers::table.order(resource_servers::id).select(resource_servers::id).into_boxed();
    query = query.limit(request.rows());
    if let Some(after) = request.after {
        query = query.filter(resource_servers::id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// Makes a resource server with its audiences, without pairs.
///
/// # Errors
/// [`Error::Duplicate`] if its name or one of its audiences is taken.
pub fn insert(change: &mut Change<'_>, server: &ResourceServer) -> Result<(), Error> {
    insert_into(resource_servers::table)
        .values((
            resource_servers::id.eq(DbId::from(server.id)),
            resource_servers::name.eq(server.name.as_str()),
            resource_servers::state.eq(server.state.as_str()),
            resource_servers::accepts_api_keys.eq(server.accepts_api_keys),
            resource_servers::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    replace_audiences(change, server)
}

/// Writes everything of a resource server that may change, apart from its pairs.
///
/// # Errors
/// [`Error::Duplicate`] if its name or one of its audiences is taken.
pub fn save(change: &mut Change<'_>, server: &ResourceServer) -> Result<(), Error> {
    update(resource_servers::table.find(DbId::from(server.id)))
        .set((
            resource_servers::name.eq(server.name.as_str()),
            resource_servers::state.eq(server.state.as_str()),
            resource_servers::accepts_api_keys.eq(server.accepts_api_keys),
        ))
        .execute(change.db)?;
    replace_audiences(change, server)
}

/// Deletes a resource server with its audiences and pairs.
///
/// # Errors
/// [`Error::Refused`] if it has registered something.
pub fn remove(change: &mut Change<'_>, server: &ResourceServer) -> Result<(), Error> {
    for pair in &server.pairs {
        change.touch(Subject::Pair(pair.public_id))?;
    }
    delete(resource_servers::table.find(DbId::from(server.id))).execute(change.db)?;
    change.touch(Subject::Site)?;
    change.touch(Subject::ResourceServer(server.id))
}

/// Those that it keeps are its own without interruption; those that it gets are its own from this change on.
fn replace_audiences(change: &mut Change<'_>, server: &ResourceServer) -> Result<(), Error> {
    let own = audiences::table.filter(audiences::resource_server_id.eq(DbId::from(server.id)));
    let known = own.select(audiences::audience).load::<String>(change.db)?;
    let wanted: Vec<&str> = server.audiences.iter().map(Audience::as_str).collect();
    delete(own.filter(audiences::audience.ne_all(&wanted))).execute(change.db)?;
    for audience in wanted.into_iter().filter(|wanted| !known.iter().any(|known| known == wanted)) {
        insert_into(audiences::table)
            .values((
                audiences::audience.eq(audience),
                audiences::resource_server_id.eq(DbId::from(server.id)),
                audiences::since.eq(change.seq().get()),
            ))
            .execute(change.db)?;
    }
    change.touch(Subject::Site)?;
    change.touch(Subject::ResourceServer(server.id))
}
