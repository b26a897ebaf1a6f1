//! What a person does with the sessions of his own.

use std::net::IpAddr;

use super::Logins;
use crate::{
    domain::{
        authority::Authority,
        ids::{SessionId, UserId},
        session::Session,
        time::Timestamp,
    },
    manage::{
        Error,
        sessions::{self, LoggedIn},
        standing,
    },
    store::transaction::Reads,
};

impl Logins {
    /// The sessions of the user, oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sessions_of(&self, logged_in: &LoggedIn, now: Timestamp) -> Result<Vec<Session>, Error> {
        let (id, this, idle) = (logged_in.user.id, logged_in.session.id, self.options.session_idle);
        let listed = self.executor().run(move |store| {
            store.snapshot(|tx| {
                let authority = own(tx, id, this, None)?;
                sessions::of_user(tx, &authority, id, now, Some(idle))
            })
        });
        listed.await
    }

    /// Logs out: ends this session, if nobody has ended it meanwhile.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn log_out(&self, logged_in: &LoggedIn, address: Option<IpAddr>) -> Result<(), Error> {
        match self.end_own(logged_in, logged_in.session.id, address).await {
            Err(Error::NotFound { .. }) => Ok(()),
            ended => ended,
        }
    }

    /// Ends a session of the user.
    ///
    /// # Errors
    /// `not_found` if it is not a session of the user.
    pub async fn end_own(
        &self,
        logged_in: &LoggedIn,
        session: SessionId,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let (id, this) = (logged_in.user.id, logged_in.session.id);
        let ended = self.executor().run(move |store| {
            store.change(|change| {
                let authority = own(change, id, this, address)?;
                sessions::end(change, &authority, id, session)
            })
        });
        ended.await
    }

    /// Ends all sessions of the user but this one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_own_others(&self, logged_in: &LoggedIn, address: Option<IpAddr>) -> Result<usize, Error> {
        let (id, this) = (logged_in.user.id, logged_in.session.id);
        let ended = self.executor().run(move |store| {
            store.change(|change| {
                let authority = own(change, id, this, address)?;
                sessions::end_all(change, &authority, id, Some(this))
            })
        });
        ended.await
    }
}

/// The rights of a person who is logged in in this session.
pub(super) fn own(
    tx: &mut impl Reads,
    id: UserId,
    session: SessionId,
    address: Option<IpAddr>,
) -> Result<Authority, Error> {
    Ok(Authority::of_user(&standing::of_user(tx, id)?, address).in_session(session))
}
