//! Who is logged in in a browser.

use std::time::Duration;

use super::{Keys, Logins};
use crate::{
    crypto::secret_text::PresentedSecret,
    domain::session::Session,
    manage::{
        Error,
        sessions::{self, LoggedIn},
    },
};

/// The time of last use is kept to the minute, so that a page does not cost a write.
const NOTED_AFTER: Duration = Duration::from_mins(1);

impl Logins {
    /// Who is logged in with this cookie, if anybody is. Every look is one at the present state, also just after somebody was
    /// logged out on another node (B12).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn current(
        &self,
        keys: &Keys,
        cookie: &str,
        address: Option<std::net::IpAddr>,
    ) -> Result<Option<LoggedIn>, Error> {
        if PresentedSecret::parse(cookie).is_err() {
            return Ok(None);
        }
        let (keys, cookie, idle) = (keys.clone(), cookie.to_owned(), self.options.session_idle);
        let now = keys.moment().now;
        let found = self.executor().run(move |store| {
            store.snapshot(|tx| {
                let Ok(shown) = PresentedSecret::parse(&cookie) else { return Ok(None) };
                match sessions::kept(tx, keys.peppers(), &shown)? {
                    Some(kept) => sessions::standing(tx, kept.session, idle, now),
                    None => Ok(None),
                }
            })
        });
        let found = found.await?;
        if let Some(logged_in) = found.as_ref().filter(|found| found.session.last_seen_at.plus(NOTED_AFTER) <= now) {
            let seen = Session { last_seen_at: now, address, ..logged_in.session.clone() };
            let noted = self
                .executor()
                .run(move |store| store.redeem(|redemption| crate::store::sessions::note_use(redemption, &seen)));
            if let Err(error) = noted.await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        }
        Ok(found)
    }
}
