//! What a person does with the applications that he authorized.

use std::{net::IpAddr, sync::Arc};

use super::{Logins, own_sessions::own};
use crate::{
    domain::{
        ids::{ApplicationId, GrantId},
        page::{PageRequest, PageSize},
    },
    manage::{
        Deps, Error,
        grants::{self, AuthorizedApplication, ConsentOfUser},
        sessions::LoggedIn,
    },
};

impl Logins {
    /// All applications that the user authorized, the one used last first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn applications_of(&self, logged_in: &LoggedIn) -> Result<Vec<AuthorizedApplication>, Error> {
        let (id, session) = (logged_in.user.id, logged_in.session.id);
        let listed = self.executor().run(move |store| {
            store.snapshot(|tx| {
                let authority = own(tx, id, session, None)?;
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
        let (user, session) = (logged_in.user.id, logged_in.session.id);
        let deps = Deps { master: Arc::clone(self.live.master()) };
        let withdrawn = self.executor().run(move |store| {
            store.change(|change| {
                let authority = own(change, user, session, address)?;
                let input = ConsentOfUser { user, grant };
                let application = grants::show(change, &authority, input)?.application.id;
                grants::withdraw(change, &deps, &authority, input)?;
                Ok::<_, Error>(application)
            })
        });
        withdrawn.await
    }
}
