//! What a person does with the sessions of his own.

use std::{net::IpAddr, time::Duration};

use super::Logins;
use crate::{
    domain::{ids::SessionId, session::Session, time::Timestamp},
    manage::{
        Error,
        authority::{SessionCaller, of_session},
        sessions::{self, LoggedIn},
    },
};

impl Logins {
    /// The sessions of the user, oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sessions_of(&self, logged_in: &LoggedIn, now: Timestamp) -> Result<Vec<Session>, Error> {
        let (id, caller) = (logged_in.user.id, self.own(logged_in, None));
        let listed = self.executor().run(move |store| {
            store.snapshot(|tx| {
                let authority = of_session(tx, caller.at(now))?;
                sessions::of_user(tx, &authority, id, now, Some(caller.idle))
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
            Err(Error::NotFound { .. } | Error::NotAuthenticated) => Ok(()),
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
        let (id, caller) = (logged_in.user.id, self.own(logged_in, address));
        let ended = self.executor().run(move |store| {
            store.change(|change| {
                let authority = of_session(change, caller.at(change.now()))?;
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
        let (id, caller) = (logged_in.user.id, self.own(logged_in, address));
        let ended = self.executor().run(move |store| {
            store.change(|change| {
                let authority = of_session(change, caller.at(change.now()))?;
                sessions::end_all(change, &authority, id, Some(caller.session))
            })
        });
        ended.await
    }

    /// Who asks, whenever that is: the session is looked at again in the transaction that answers.
    pub(super) const fn own(&self, logged_in: &LoggedIn, address: Option<IpAddr>) -> Own {
        Own { session: logged_in.session.id, idle: self.options.session_idle, address }
    }
}

/// A person in a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    session: SessionId,
    idle: Duration,
    address: Option<IpAddr>,
}

impl Own {
    /// The same at this time.
    pub(super) const fn at(self, now: Timestamp) -> SessionCaller {
        SessionCaller { session: self.session, idle: self.idle, address: self.address, now }
    }
}
