//! Answering a request for which nobody has to be asked.

use std::net::IpAddr;

use super::{Outcome, code::Granted, kept::Kept, next_step::Ready, request::PageFault};
use crate::{
    domain::user_scope::UserScopes,
    oauth::{
        Error, OAuth,
        consent::{Consented, Given},
    },
    store::{self, authorization_requests, grants, sessions},
};

impl OAuth {
    /// Answers with a code. Where the user gave everything before, nothing that anybody may do changes; where the user's space
    /// vouches for the application, the entry among the user's authorized applications is made or extended first.
    pub(super) async fn answer_with_code(
        &self,
        kept: &Kept,
        ready: Ready,
        peer: Option<IpAddr>,
    ) -> Result<Outcome, Error> {
        let Ready { asked, session } = ready;
        let scopes = asked.granted_of(&kept.request.scopes);
        let covered = asked
            .grant
            .as_ref()
            .filter(|grant| !grant.needs_consent(&asked.admission.application, &scopes, &kept.request.resources));
        let Some(grant) = covered else {
            let given = Given { scopes, left_out: UserScopes::default(), peer };
            return Ok(match self.consent(kept, &asked, session, given).await? {
                Consented::Redirect(redirect) => Outcome::Redirect(redirect),
                Consented::NotAdmitted(reason) => Outcome::Page(PageFault::NotAdmitted(reason)),
                Consented::Changed | Consented::Gone => Outcome::Page(PageFault::UnknownRequest),
            });
        };
        let (code, id, grant, made_at) = (self.new_code(&asked)?, kept.id, grant.id, asked.moment.seq);
        let (answer, kept) = (self.answer(kept, &code), kept.clone());
        let inserted = self.live.executor().run(move |store| {
            store.redeem(|redemption| {
                let there = grants::hold(redemption, grant)? && sessions::hold(redemption, session.id)?;
                if !there || !authorization_requests::take(redemption, id)? {
                    return Ok::<_, store::Error>(false);
                }
                code.insert(redemption, &kept, Granted { grant, session: &session, scopes, made_at })?;
                Ok(true)
            })
        });
        match inserted.await {
            Ok(true) => Ok(Outcome::Redirect(answer)),
            // The consent was withdrawn a moment ago.
            Ok(false) | Err(store::Error::Refused(_)) => Ok(Outcome::Page(PageFault::UnknownRequest)),
            Err(error) => Err(error.into()),
        }
    }
}
