//! What the end of a session does to the applications that the user logged in to with it.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, insert_into};

use super::{
    error::Error,
    row,
    schema::{applications, families, grants, logout_notices},
    transaction::Change,
    types::DbId,
};
use crate::domain::{
    ids::{ApplicationId, FamilyId, LogoutNoticeId, SessionId},
    session::Session,
    time::Timestamp,
    user_scope::UserScopes,
};

/// One authorization that was given in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyOfSession {
    /// Identifier.
    pub id: FamilyId,
    /// What it is for.
    pub scopes: UserScopes,
    /// The application that has it.
    pub application: ApplicationId,
    /// Whether the application wants to hear when the session ends.
    pub hears_of_logout: bool,
}

/// The authorizations that were given in this session.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub fn families(change: &mut Change<'_>, session: SessionId) -> Result<Vec<FamilyOfSession>, Error> {
    let rows = families::table
        .inner_join(grants::table.on(grants::id.eq(families::grant_id)))
        .inner_join(applications::table.on(applications::id.eq(grants::application_id)))
        .filter(families::session_id.eq(DbId::from(session)))
        .order(families::id)
        .select((families::id, families::scope, applications::id, applications::backchannel_logout_uri))
        .load::<(DbId, String, DbId, Option<String>)>(change.db)?;
    let read = |(id, scope, application, uri): (DbId, String, DbId, Option<String>)| {
        Ok(FamilyOfSession {
            id: id.to(),
            scopes: row::user_scopes("families", &scope)?,
            application: application.to(),
            hears_of_logout: uri.is_some(),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Has an application told that the session ended, at once and until `expires_at`.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn notify(
    change: &mut Change<'_>,
    application: ApplicationId,
    session: &Session,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let id: LogoutNoticeId = change.new_id();
    insert_into(logout_notices::table)
        .values((
            logout_notices::id.eq(DbId::from(id)),
            logout_notices::application_id.eq(DbId::from(application)),
            logout_notices::user_id.eq(DbId::from(session.user)),
            logout_notices::session_id.eq(DbId::from(session.id)),
            logout_notices::attempts.eq(0),
            logout_notices::due_at.eq(change.now().as_micros()),
            logout_notices::expires_at.eq(expires_at.as_micros()),
        ))
        .execute(change.db)?;
    Ok(())
}
