//! What spaces say of applications: which ones they approve, and when their users' consents to one ended.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into, update};

use super::{
    error::Error,
    schema::{grants, space_applications, users},
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    change::Subject,
    grant_standing::Approval,
    ids::{ApplicationId, SpaceId},
    page::{Page, PageRequest},
    sequence::Seq,
};

/// Writes what a space says of an application.
///
/// # Errors
/// [`Error::Refused`] if one of them is gone.
pub fn set(change: &mut Change<'_>, space: SpaceId, id: ApplicationId, said: Approval) -> Result<(), Error> {
    use space_applications as t;
    let values = (t::approved.eq(said.approved), t::cut_off.eq(said.cut_off.get()));
    let row = t::table.find((DbId::from(space), DbId::from(id)));
    if update(row).set(values).execute(change.db)? == 0 {
        insert_into(t::table)
            .values((t::space_id.eq(DbId::from(space)), t::application_id.eq(DbId::from(id)), values))
            .execute(change.db)?;
    }
    change.touch(Subject::Space(space))
}

/// A page of the applications that a space approved, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    space: SpaceId,
    request: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationId, ApplicationId>, Error> {
    use space_applications as t;
    let mut query = t::table.order(t::application_id).limit(request.rows()).select(t::application_id).into_boxed();
    query = query.filter(t::space_id.eq(DbId::from(space))).filter(t::approved.eq(true));
    if let Some(after) = request.after {
        query = query.filter(t::application_id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}

/// What a space says of these applications; those that it never spoke of are left out.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn of_space(
    tx: &mut impl Reads,
    space: SpaceId,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, Approval>, Error> {
    use space_applications as t;
    let rows = t::table
        .filter(t::space_id.eq(DbId::from(space)))
        .filter(t::application_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((t::application_id, t::approved, t::cut_off))
        .load::<(DbId, bool, i64)>(tx.db())?;
    let said =
        |(id, approved, cut_off): (DbId, bool, i64)| (id.to(), Approval { approved, cut_off: Seq::new(cut_off) });
    Ok(rows.into_iter().map(said).collect())
}

/// The applications that some user at home in the space consented to.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn granted_in(tx: &mut impl Reads, space: SpaceId) -> Result<Vec<ApplicationId>, Error> {
    let at_home = users::table.filter(users::home_space_id.eq(DbId::from(space))).select(users::id);
    let of_them = grants::table.filter(grants::user_id.eq_any(at_home));
    let ids = of_them.select(grants::application_id).distinct().order(grants::application_id);
    Ok(ids.load::<DbId>(tx.db())?.into_iter().map(DbId::to).collect())
}
