//! Grants: which user lets which application do what.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, delete, insert_into, update};

use super::{
    db::{Db, held},
    error::Error,
    row,
    schema::{grant_resources, grant_scopes, grants},
    transaction::{Change, Reads, Redemption},
    types::DbId,
};
use crate::domain::{
    audience::Audience,
    change::Subject,
    grant::{Grant, GrantUse, GrantedResource, GrantedScope},
    ids::{ApplicationId, GrantId, UserId},
    sequence::Seq,
    time::Timestamp,
    user_scope::UserScope,
};

/// A row of the table, in the order of its columns.
type Row = (DbId, DbId, DbId, i64, i64, Option<i64>);

/// The grant with this id.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find(tx: &mut impl Reads, id: GrantId) -> Result<Option<Grant>, Error> {
    Ok(find_many(tx, &[id])?.pop().map(|(grant, _)| grant))
}

/// Those of `ids` that are there and their use, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn find_many(tx: &mut impl Reads, ids: &[GrantId]) -> Result<Vec<(Grant, GrantUse)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DbId> = ids.iter().copied().map(DbId::from).collect();
    let rows = grants::table.filter(grants::id.eq_any(&ids)).order(grants::id).load::<Row>(tx.db())?;
    let (mut scopes, mut resources) = (scopes(tx, &ids)?, resources(tx, &ids)?);
    let read = |(id, user, application, consented_at, created_at, last_used_at): Row| {
        let (given, left_out) = scopes.remove(&id).unwrap_or_default();
        let grant = Grant {
            id: id.to(),
            user: user.to(),
            application: application.to(),
            consented_at: Seq::new(consented_at),
            scopes: given,
            left_out: left_out.into_iter().collect(),
            resources: resources.remove(&id).unwrap_or_default(),
        };
        let last_used_at = last_used_at.map(Timestamp::from_micros);
        (grant, GrantUse { created_at: Timestamp::from_micros(created_at), last_used_at })
    };
    Ok(rows.into_iter().map(read).collect())
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

/// What was given, and what was left out.
type Choice = (Vec<GrantedScope>, Vec<UserScope>);

fn scopes(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Choice>, Error> {
    use grant_scopes as t;
    let rows = t::table.filter(t::grant_id.eq_any(ids)).order((t::grant_id, t::scope));
    let rows = rows.select((t::grant_id, t::scope, t::given, t::since));
    let mut scopes: HashMap<_, Choice> = HashMap::new();
    for (id, scope, is_given, since) in rows.load::<(DbId, String, bool, i64)>(tx.db())? {
        let scope = row::user_scope("grant_scopes", &scope)?;
        let (given, left_out) = scopes.entry(id).or_default();
        if is_given {
            given.push(GrantedScope { scope, since: Seq::new(since) });
        } else {
            left_out.push(scope);
        }
    }
    for (given, _) in scopes.values_mut() {
        given.sort_unstable_by(|one, other| one.scope.cmp(&other.scope));
    }
    Ok(scopes)
}

fn resources(tx: &mut impl Reads, ids: &[DbId]) -> Result<HashMap<DbId, Vec<GrantedResource>>, Error> {
    use grant_resources as t;
    let rows = t::table.filter(t::grant_id.eq_any(ids)).order((t::grant_id, t::audience));
    let mut resources: HashMap<_, Vec<_>> = HashMap::new();
    for (id, audience, since) in rows.load::<(DbId, String, i64)>(tx.db())? {
        let audience = row::parsed("grant_resources", "audience", &audience, Audience::parse)?;
        resources.entry(id).or_default().push(GrantedResource { audience, since: Seq::new(since) });
    }
    Ok(resources)
}

/// How many users gave this application something.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn count_of_application(tx: &mut impl Reads, application: ApplicationId) -> Result<i64, Error> {
    let of_application = grants::table.filter(grants::application_id.eq(DbId::from(application)));
    Ok(of_application.count().get_result(tx.db())?)
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
    let given = grant.scopes.iter().map(|granted| (&granted.scope, true, granted.since));
    let left_out = grant.left_out.iter().map(|scope| (scope, false, grant.consented_at));
    for (scope, is_given, since) in given.chain(left_out) {
        use grant_scopes as t;
        let row = (t::grant_id.eq(id), t::scope.eq(scope.as_str()), t::given.eq(is_given), t::since.eq(since.get()));
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

/// Keeps a grant from being withdrawn until this redemption is over; false if it has been. Whoever deletes a user or an
/// application comes to its grants first, so whoever needs more than one row of theirs begins here as well.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn hold(redemption: &mut Redemption<'_>, id: GrantId) -> Result<bool, Error> {
    let row = grants::table.find(DbId::from(id)).select(grants::id);
    Ok(held!(redemption.db, row))
}

/// Notes that the application got a token under the grant. It waits for nobody: whoever has the row right now either notes
/// another use of this moment, or withdraws the grant and waits for the family that this redemption holds.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn note_use(redemption: &mut Redemption<'_>, id: GrantId, at: Timestamp) -> Result<(), Error> {
    let row = grants::table.find(DbId::from(id));
    if let Db::Postgres(postgres) = &mut *redemption.db {
        let free = row.select(grants::id).for_no_key_update().skip_locked();
        if free.first::<DbId>(postgres).optional()?.is_none() {
            return Ok(());
        }
    }
    update(row).set(grants::last_used_at.eq(at.as_micros())).execute(redemption.db)?;
    Ok(())
}
