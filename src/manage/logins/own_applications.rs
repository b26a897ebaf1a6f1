//! What a person does with the applications that he authorized.

use std::{net::IpAddr, sync::Arc};

use super::Logins;
use crate::{
    domain::{
        ids::{ApplicationId, GrantId},
        page::{PageRequest, PageSize},
        time::Timestamp,
    },
    manage::{
        Deps, Error,
        authority::of_session,
        grants::{self, AuthorizedApplication, ConsentOfUser},
        sessions::LoggedIn,
    },
};

impl Logins {
    /// All applications that the user authorized, the one used last first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn applications_of(
        &self,
        logged_in: &LoggedIn,
        now: Timestamp,
    ) -> Result<Vec<AuthorizedApplication>, Error> {
        let (id, caller) = (logged_in.user.id, self.own(logged_in, None));
        let listed = self.executor().run(move |store| {
            store.snapshot(|tx| {
                let authority = of_session(tx, caller.at(now))?;
                let (mut all, mut after) = (Vec::new(), None);
                loop {
                    let request = PageRequest { after, size: PageSize::LARGEST };
                    let page = grants::list_of_user(tx, &authority, id, request)?;
                    all.extend(page.items);
                    match page.next {
                        Some(next) => after = Some(next),
                        None => return Ok::<_, Error>(all),
                    }
                }
            })
        });
        let mut all = listed.await?;
        all.sort_by_key(|entry| std::cmp::Reverse(entry.usage.last_used_at.unwrap_or(entry.usage.created_at)));
        Ok(all)
    }

    /// Withdraws one of them: what it got is dead when this returns. Answers which application it was.
    ///
    /// # Errors
    /// `not_found` if it is not an entry of the user.
    pub async fn withdraw_own(
        &self,
        logged_in: &LoggedIn,
        grant: GrantId,
        address: Option<IpAddr>,
    ) -> Result<ApplicationId, Error> {
        let (user, caller) = (logged_in.user.id, self.own(logged_in, address));
        let deps = Deps { master: Arc::clone(self.live.master()) };
        let withdrawn = self.executor().run(move |store| {
            store.change(|change| {
                let authority = of_session(change, caller.at(change.now()))?;
                let input = ConsentOfUser { user, grant };
                let application = grants::show(change, &authority, input)?.application.id;
                grants::withdraw(change, &deps, &authority, input)?;
                Ok::<_, Error>(application)
            })
        });
        withdrawn.await
    }
}
