//! Lists of what users consented to.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{
    error::Error,
    schema::{grants, users},
    transaction::Reads,
    types::DbId,
};
use crate::domain::{
    ids::{GrantId, SpaceId, UserId},
    page::{Page, PageRequest},
};

/// Whose consents.
#[derive(Debug, Clone, Copy)]
pub enum ConsentsOf {
    /// Of one user.
    User(UserId),
    /// Of all users at home in a space.
    Space(SpaceId),
}

/// A page of consents, oldest first, also of those that do not count any more.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn page(
    tx: &mut impl Reads,
    whose: ConsentsOf,
    request: PageRequest<GrantId>,
) -> Result<Page<GrantId, GrantId>, Error> {
    let mut query = grants::table.order(grants::id).limit(request.rows()).select(grants::id).into_boxed();
    query = match whose {
        ConsentsOf::User(user) => query.filter(grants::user_id.eq(DbId::from(user))),
        ConsentsOf::Space(space) => {
            let at_home = users::table.filter(users::home_space_id.eq(DbId::from(space)));
            query.filter(grants::user_id.eq_any(at_home.select(users::id)))
        }
    };
    if let Some(after) = request.after {
        query = query.filter(grants::id.gt(DbId::from(after)));
    }
    let ids = query.load::<DbId>(tx.db())?;
    Ok(request.page(ids.into_iter().map(DbId::to).collect(), |id| *id))
}
