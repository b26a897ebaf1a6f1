//! What is missing before a request can be answered: decided anew at each step, from the state of that moment.

use std::sync::Arc;

use super::kept::Kept;
use crate::{
    crypto::key_ring::KeyRing,
    domain::{
        cut_off::{CutOff, HangsOn, Verdict, verdict},
        grant::Grant,
        grant_standing::{Admission, NotAdmitted},
        session::Session,
        site::Site,
        user_scope::{UserScope, UserScopes},
    },
    live::{Interrupted, Moment, View},
    oauth::OAuth,
    store::grants,
};

/// What is missing.
pub enum Step {
    /// Somebody has to log in, or again.
    Login,
    /// The user has to consent.
    Consent(Box<Asked>),
    /// Nothing.
    Ready(Box<Ready>),
    /// The user may not authorize the application.
    NotAdmitted(NotAdmitted),
    /// The application or the user is gone, or the place to send the browser back to is not the application's any more.
    Gone,
}

/// Who asks whom, with what there is between them already.
pub struct Asked {
    /// Who asks whom.
    pub admission: Admission,
    /// A consent of before that still counts.
    pub grant: Option<Arc<Grant>>,
    /// Facts of the site.
    pub site: Arc<Site>,
    /// Keys and peppers.
    pub ring: Arc<KeyRing>,
    /// The moment at which all this is so.
    pub moment: Moment,
}

/// Everything that a code rests on.
pub struct Ready {
    /// Who asks whom.
    pub asked: Asked,
    /// Who is logged in.
    pub session: Session,
}

impl OAuth {
    pub(in crate::oauth) async fn next_step(
        &self,
        view: &View<'_>,
        kept: &Kept,
        session: Option<&Session>,
    ) -> Result<Step, Interrupted> {
        let request = &kept.request;
        let Some(session) = session else { return Ok(Step::Login) };
        let moment = *view.moment();
        // A login that was made for this request is as fresh as one can be, however long the user takes to read afterwards.
        let is_older = session.authenticated_at < kept.arrived_at;
        let too_old = request.max_age().is_some_and(|age| session.authenticated_at.plus(age) < moment.now);
        if is_older && (too_old || request.wants_fresh_login()) {
            return Ok(Step::Login);
        }
        let Some(admission) = view.admission(request.application, session.user).await? else { return Ok(Step::Gone) };
        if admission.application.redirect_for(&request.redirect_uri).is_none() {
            return Ok(Step::Gone);
        }
        let site = view.site().await?;
        let cut_offs = admission.cut_offs().chain([CutOff::Site(site.cut_off)]);
        if verdict(session.made_at, moment.seq, HangsOn::Login, cut_offs) != Verdict::Stands {
            return Ok(Step::Login);
        }
        if let Err(reason) = admission.check() {
            return Ok(Step::NotAdmitted(reason));
        }
        let ring = view.key_ring().await?;
        let grant = self.standing_grant(view, &admission, &site).await?;
        let asked = Asked { admission, grant, site, ring, moment };
        if asked.must_ask(kept) {
            return Ok(Step::Consent(Box::new(asked)));
        }
        Ok(Step::Ready(Box::new(Ready { asked, session: session.clone() })))
    }

    /// The consent that the user gave before, if it still counts.
    async fn standing_grant(
        &self,
        view: &View<'_>,
        admission: &Admission,
        site: &Site,
    ) -> Result<Option<Arc<Grant>>, Interrupted> {
        let (user, application) = (admission.user.id, admission.application.id);
        let found = self.live.executor().run(move |store| store.snapshot(|tx| grants::id_of(tx, user, application)));
        let Some(id) = found.await.map_err(Interrupted::Unavailable)? else { return Ok(None) };
        let Some(composed) = view.grant_standing(id).await? else { return Ok(None) };
        let stands = composed.standing.consent_stands(site.cut_off, view.moment().seq);
        Ok(stands.then(|| Arc::clone(&composed.standing.grant)))
    }
}

impl Asked {
    /// Whether the user has to be asked (A24, AZ-23).
    fn must_ask(&self, kept: &Kept) -> bool {
        let (request, application) = (&kept.request, &self.admission.application);
        if request.wants_consent() || application.is_unproven_at(&request.redirect_uri) {
            return true;
        }
        // All that is asked for was left out before: there is nothing to answer with unless the user gives some of it now.
        if self.granted_of(&request.scopes).is_empty() {
            return true;
        }
        if self.admission.needs_no_consent() {
            return false;
        }
        self.grant.as_ref().is_none_or(|grant| grant.needs_consent(application, &request.scopes, &request.resources))
    }

    /// What of the scopes is granted without asking: what the user gave before; if the space vouches for the application, all
    /// but what the user once left out and may leave out.
    #[must_use]
    pub fn granted_of(&self, scopes: &UserScopes) -> UserScopes {
        let (grant, application) = (self.grant.as_deref(), &self.admission.application);
        let left_out = |scope: &UserScope| {
            grant.is_some_and(|grant| grant.left_out.contains(scope)) && !application.requires(scope)
        };
        let vouched = self.admission.needs_no_consent();
        scopes.filtered(|scope| grant.is_some_and(|grant| grant.gives(scope)) || (vouched && !left_out(scope)))
    }
}
