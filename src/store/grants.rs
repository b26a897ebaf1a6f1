//! Grants: which user lets which application do what.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    error::Error,
    row,
    schema::{grant_resources, grant_scopes, grants},
    transaction::{Change, Reads, Redemption},
    types::DbId,
};
use crate::domain::{
    audience::Audience,
    change::Subject,
    grant::{Grant, GrantedResource, GrantedScope},
    ids::{ApplicationId, GrantId, UserId},
    sequence::Seq,
    time::Timestamp,
};

/// The grant with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: GrantId) -> Result<Option<Grant>, Error> {
    use grants as t;
    let row = t::table.find(DbId::from(id)).select((t::user_id, t::application_id, t::consented_at));
    let found = row.first::<(DbId, DbId, i64)>(tx.db()).optional()?;
    let Some((user, application, consented_at)) = found else { return Ok(None) };
    Ok(Some(Grant {
        id,
        user: user.to(),
        application: application.to(),
        consented_at: Seq::new(consented_at),
        scopes: scopes(tx, id)?,
        resources: resources(tx, id)?,
    }))
}

/// The id of the grant that this user gave to this application.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn id_of(tx: &mut impl Reads, user: UserId, application: ApplicationId) -> Result<Option<GrantId>, Error> {
    use grants as t;
    let found = t::table.filter(t::user_id.eq(DbId::from(user))).filter(t::application_id.eq(DbId::from(application)));
    Ok(found.select(t::id).first::<DbId>(tx.db()).optional()?.map(DbId::to))
}

fn scopes(tx: &mut impl Reads, id: GrantId) -> Result<Vec<GrantedScope>, Error> {
    use grant_scopes as t;
    let rows = t::table.filter(t::grant_id.eq(DbId::from(id))).select((t::scope, t::since)).order(t::scope);
    let read = |(scope, since): (String, i64)| {
        Ok(GrantedScope { scope: row::user_scope("grant_scopes", &scope)?, since: Seq::new(since) })
    };
    rows.load::<(String, i64)>(tx.db())?.into_iter().map(read).collect()
}

fn resources(tx: &mut impl Reads, id: GrantId) -> Result<Vec<GrantedResource>, Error> {
    use grant_resources as t;
    let rows = t::table.filter(t::grant_id.eq(DbId::from(id))).select((t::audience, t::since)).order(t::audience);
    let read = |(audience, since): (String, i64)| {
        let audience = row::parsed("grant_resources", "audience", &audience, Audience::parse)?;
        Ok(GrantedResource { audience, since: Seq::new(since) })
    };
    rows.load::<(String, i64)>(tx.db())?.into_iter().map(read).collect()
}

/// Keeps a new grant.
///
/// # Errors
/// [`Error::Duplicate`] if the user has one for this application.
pub fn insert(change: &mut Change<'_>, grant: &Grant) -> Result<(), Error> {
    use grants as t;
    insert_into(t::table)
        .values((
            t::id.eq(DbId::from(grant.id)),
            t::user_id.eq(DbId::from(grant.user)),
            t::application_id.eq(DbId::from(grant.application)),
            t::consented_at.eq(grant.consented_at.get()),
            t::created_at.eq(change.now().as_micros()),
        ))
        .execute(change.db)?;
    insert_parts(change, grant)
}

/// Writes what a further consent made of a grant.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn save(change: &mut Change<'_>, grant: &Grant) -> Result<(), Error> {
    let id = DbId::from(grant.id);
    update(grants::table.find(id)).set(grants::consented_at.eq(grant.consented_at.get())).execute(change.db)?;
    delete(grant_scopes::table.filter(grant_scopes::grant_id.eq(id))).execute(change.db)?;
    delete(grant_resources::table.filter(grant_resources::grant_id.eq(id))).execute(change.db)?;
    insert_parts(change, grant)
}

fn insert_parts(change: &mut Change<'_>, grant: &Grant) -> Result<(), Error> {
    let id = DbId::from(grant.id);
    for granted in &grant.scopes {
        use grant_scopes as t;
        let row = (t::grant_id.eq(id), t::scope.eq(granted.scope.as_str()), t::since.eq(granted.since.get()));
        insert_into(t::table).values(row).execute(change.db)?;
    }
    for granted in &grant.resources {
        use grant_resources as t;
        let row = (t::grant_id.eq(id), t::audience.eq(granted.audience.as_str()), t::since.eq(granted.since.get()));
        insert_into(t::table).values(row).execute(change.db)?;
    }
    change.touch(Subject::Grant(grant.id))
}

/// Deletes a grant with all that was made under it. Answers whether it was there.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn remove(change: &mut Change<'_>, id: GrantId) -> Result<bool, Error> {
    let rows = delete(grants::table.find(DbId::from(id))).execute(change.db)?;
    change.touch(Subject::Grant(id))?;
    Ok(rows == 1)
}

/// Notes that the application got a token under the grant.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_use(redemption: &mut Redemption<'_>, id: GrantId, at: Timestamp) -> Result<(), Error> {
    update(grants::table.find(DbId::from(id))).set(grants::last_used_at.eq(at.as_micros())).execute(redemption.db)?;
    Ok(())
}
