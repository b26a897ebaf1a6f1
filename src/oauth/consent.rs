//! Consent: what the user is shown, and what becomes of the answer (RFC 6749 section 10.12). The rows that decide are read in
//! the change that writes the grant, so nobody consents who was disabled a moment before (L086).

use std::net::IpAddr;

use serde_json::json;

use super::{
    Error, OAuth,
    authorize::{
        Browser,
        kept::Kept,
        next_step::{Asked, Step},
        redirect::Redirect,
    },
};
use crate::{
    domain::{
        audit_event::{AuditEntry, Origin},
        cut_off::{CutOff, HangsOn, Verdict, verdict},
        grant::{Grant, GrantedResource, GrantedScope},
        grant_standing::{Admission, NotAdmitted},
        ids::{GrantId, SessionId},
        name::Name,
        session::Session,
        user_scope::{UserScope, UserScopes},
    },
    store::{self, Change, admissions, audit, authorization_requests, grants, sessions, site, users},
};

/// What a user is asked.
pub struct ConsentQuestion {
    /// The request.
    pub kept: Kept,
    /// Who asks whom, with what there is between them already.
    pub asked: Box<Asked>,
    /// The user who registered the application, if it is somebody's own.
    pub owner: Option<Name>,
}

/// What a user gives.
#[derive(Debug, Clone)]
pub struct Given {
    /// What the application gets.
    pub scopes: UserScopes,
    /// What it asked for and does not get.
    pub left_out: UserScopes,
    /// Where the answer came from.
    pub peer: Option<IpAddr>,
}

/// What the user said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, with these of the optional scopes.
    Allow {
        /// Values that were ticked; what was not asked for is passed over (B5).
        ticked: Vec<String>,
        /// What the page said cannot be left out.
        required: String,
    },
    /// No.
    Deny,
}

/// What becomes of an answer.
pub enum Consented {
    /// The browser goes back to the application.
    Redirect(Redirect),
    /// The user may not authorize the application.
    NotAdmitted(NotAdmitted),
    /// What can be left out is not what the page said it was: the user has to see it as it is now (B5).
    Changed,
    /// The request is answered already, or too old, or not this browser's, or nobody is logged in any more.
    Gone,
}

impl OAuth {
    /// What to show to a user who is to consent; none if that is not what is missing.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn consent_question(&self, handle: &str, browser: Browser<'_>) -> Result<Option<ConsentQuestion>, Error> {
        let Some((_, kept)) = self.find_request(handle, browser.hash).await? else { return Ok(None) };
        let step = self.live.decide(async |view| self.next_step(view, &kept, browser.session).await).await?;
        let Step::Consent(asked) = step else { return Ok(None) };
        let owner = match asked.admission.application.owner {
            None => None,
            Some(id) => {
                let profiles = self.live.executor().run(move |store| store.snapshot(|tx| users::profiles(tx, &[id])));
                let profiles: Result<_, store::Error> = profiles.await;
                profiles?.remove(&id).map(|profile| profile.full_name)
            }
        };
        Ok(Some(ConsentQuestion { kept, asked, owner }))
    }

    /// Takes the user's answer.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn decide_consent(
        &self,
        handle: &str,
        browser: Browser<'_>,
        decision: Decision,
    ) -> Result<Consented, Error> {
        let Some((_, kept)) = self.find_request(handle, browser.hash).await? else { return Ok(Consented::Gone) };
        let Some(session) = browser.session else { return Ok(Consented::Gone) };
        let step = self.live.decide(async |view| self.next_step(view, &kept, browser.session).await).await?;
        let asked = match step {
            Step::Consent(asked) => asked,
            Step::Ready(ready) => Box::new(ready.asked),
            Step::NotAdmitted(reason) => return Ok(Consented::NotAdmitted(reason)),
            Step::Login | Step::Gone => return Ok(Consented::Gone),
        };
        match decision {
            Decision::Deny => self.deny(&kept).await,
            Decision::Allow { ticked, required } => {
                let application = &asked.admission.application;
                let wanted = &kept.request.scopes;
                if wanted.filtered(|scope| application.requires(scope)).to_string() != required {
                    return Ok(Consented::Changed);
                }
                let given = |scope: &UserScope| {
                    application.requires(scope) || ticked.iter().any(|ticked| ticked == scope.as_str())
                };
                let scopes = wanted.filtered(given);
                // To give nothing of what is asked for is a no.
                if scopes.is_empty() {
                    return self.deny(&kept).await;
                }
                let given = Given { scopes, left_out: wanted.filtered(|scope| !given(scope)), peer: browser.peer };
                self.consent(&kept, &asked, session.clone(), given).await
            }
        }
    }

    async fn deny(&self, kept: &Kept) -> Result<Consented, Error> {
        let id = kept.id;
        let taken = self
            .live
            .executor()
            .run(move |store| store.redeem(|redemption| authorization_requests::take(redemption, id)));
        let target = kept.request.target();
        let issuer = self.options().issuer.as_str();
        let denied = Redirect::error(&target, issuer, "access_denied", "The user did not consent");
        Ok(if taken.await? { Consented::Redirect(denied) } else { Consented::Gone })
    }

    /// Writes the consent and the code that rests on it.
    pub(super) async fn consent(
        &self,
        kept: &Kept,
        asked: &Asked,
        session: Session,
        given: Given,
    ) -> Result<Consented, Error> {
        let code = self.new_code(asked)?;
        let (answer, kept) = (self.answer(kept, &code), kept.clone());
        let written = self.live.executor().run(move |store| {
            store.change(|change| {
                let found = admissions::find(change, kept.request.application, session.user)?;
                let Some(admission) = found else { return Ok::<_, store::Error>(Written::Gone) };
                let still_there = sessions::find(change, session.id)?.is_some();
                if !still_there || !logged_in(change, &admission, &session)? {
                    return Ok(Written::Gone);
                }
                if let Err(reason) = admission.check() {
                    return Ok(Written::NotAdmitted(reason));
                }
                if admission.application.redirect_for(&kept.request.redirect_uri).is_none() {
                    return Ok(Written::Gone);
                }
                if !authorization_requests::take(change, kept.id)? {
                    return Ok(Written::Gone);
                }
                let (grant, scopes) = write_grant(change, &admission, &kept, session.id, &given)?;
                let made_at = change.seq();
                let granted = super::authorize::Granted { grant, session: &session, scopes, made_at };
                code.insert(change, &kept, granted)?;
                Ok(Written::Done)
            })
        });
        Ok(match written.await? {
            Written::Done => Consented::Redirect(answer),
            Written::NotAdmitted(reason) => Consented::NotAdmitted(reason),
            Written::Gone => Consented::Gone,
        })
    }
}

enum Written {
    Done,
    NotAdmitted(NotAdmitted),
    Gone,
}

fn logged_in(change: &mut Change<'_>, admission: &Admission, session: &Session) -> Result<bool, store::Error> {
    let Some(site) = site::find(change)? else { return Ok(false) };
    let cut_offs = admission.cut_offs().chain([CutOff::Site(site.cut_off)]);
    Ok(verdict(session.made_at, change.seq(), HangsOn::Login, cut_offs) == Verdict::Stands)
}

/// Makes the grant or extends the one that there is. What was given before and not asked for now stays; what was asked for
/// and left out is taken back. Answers with what is granted this time.
fn write_grant(
    change: &mut Change<'_>,
    admission: &Admission,
    kept: &Kept,
    session: SessionId,
    given: &Given,
) -> Result<(GrantId, UserScopes), store::Error> {
    let (user, application, seq) = (&admission.user, &admission.application, change.seq());
    let scopes = given.scopes.filtered(|scope| application.allows(scope, seq));
    let before = match grants::id_of(change, user.id, application.id)? {
        Some(id) => grants::find(change, id)?,
        None => None,
    };
    let site_cut_off = site::find(change)?.map_or(seq, |site| site.cut_off);
    let stands = |grant: &Grant| {
        let cut_offs = admission.cut_offs().chain([CutOff::Site(site_cut_off)]);
        verdict(grant.consented_at, seq, HangsOn::Consent, cut_offs) == Verdict::Stands
    };
    // One that was cut off never counts again; it makes room for a new one.
    let before = match before {
        Some(dead) if !stands(&dead) => {
            grants::remove(change, dead.id)?;
            None
        }
        other => other,
    };
    let known: Vec<GrantedScope> = before.as_ref().map(|grant| grant.scopes.clone()).unwrap_or_default();
    let asked_now = |scope: &UserScope| scopes.contains(scope) || given.left_out.contains(scope);
    let new = |scope: &&UserScope| !known.iter().any(|granted| granted.scope == **scope);
    let mut granted: Vec<GrantedScope> =
        known.iter().filter(|granted| !asked_now(&granted.scope) || scopes.contains(&granted.scope)).cloned().collect();
    granted.extend(scopes.iter().filter(new).map(|scope| GrantedScope { scope: scope.clone(), since: seq }));
    let mut resources = before.as_ref().map(|grant| grant.resources.clone()).unwrap_or_default();
    for audience in &kept.request.resources {
        if !resources.iter().any(|granted| granted.audience == *audience) {
            resources.push(GrantedResource { audience: audience.clone(), since: seq });
        }
    }
    let left_out_before = before.as_ref().map(|grant| grant.left_out.clone()).unwrap_or_default();
    let left_out = left_out_before.iter().filter(|scope| !scopes.contains(scope)).chain(given.left_out.iter());
    let grant = Grant {
        id: before.as_ref().map_or_else(|| change.new_id(), |grant| grant.id),
        user: user.id,
        application: application.id,
        consented_at: seq,
        scopes: granted,
        left_out: left_out.cloned().collect(),
        resources,
    };
    match before {
        Some(_) => grants::save(change, &grant)?,
        None => grants::insert(change, &grant)?,
    }
    let detail = json!({
        "application": application.id,
        "scope": scopes.to_string(),
        "left_out": given.left_out.to_string(),
        "asked": !admission.needs_no_consent(),
    });
    let entry = AuditEntry::new("grant.consent", grant.id, Some(user.home), detail).about(application.id);
    let origin = Origin::user(user.id, given.peer).in_session(session);
    audit::insert(change, &origin, &entry)?;
    Ok((grant.id, scopes))
}
