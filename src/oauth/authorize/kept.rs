//! Requests that wait for their answer: kept here, named by a text that only one browser, or the application that pushed the
//! request, knows (RFC 9126).

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::request::{CheckedRequest, Fault, PageFault};
use crate::{
    crypto::secret_text::{NewSecret, PresentedSecret, SecretKind},
    domain::{ids::AuthorizationRequestId, key_pair::KeptSecret, name::Name, sequence::Seq, time::Timestamp},
    oauth::{Error, OAuth},
    store::{
        self, Writes,
        authorization_requests::{self, KeptRequest},
    },
};

/// What stands before the handle in a `request_uri`.
pub const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// How long a person has to log in and to answer.
const LIFE: Duration = Duration::from_mins(30);
/// How long a pushed request waits for its browser (A23).
pub(crate) const PUSHED_LIFE: Duration = Duration::from_mins(1);

/// The text that names a kept request.
#[derive(Clone)]
pub struct Handle(Zeroizing<String>);

impl Handle {
    /// The 60 characters, for the link and the form that carry it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Handle(…)")
    }
}

/// A request that waits.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Identifier.
    pub id: AuthorizationRequestId,
    /// What it asks for.
    pub request: CheckedRequest,
    /// When its browser came with it: what that browser does from then on, it does for this request.
    pub arrived_at: Timestamp,
}

/// What a login is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Name of the application.
    pub application: Name,
    /// Where it takes the user afterwards.
    pub redirect_uri: String,
    /// Who the user probably is.
    pub login_hint: Option<String>,
}

impl OAuth {
    /// Keeps a request, for a browser or for whichever comes with it first; none if its application was deleted a moment
    /// ago.
    pub(in crate::oauth) async fn keep(
        &self,
        request: CheckedRequest,
        browser: Option<[u8; 32]>,
    ) -> Result<Option<(Handle, Kept)>, Error> {
        let secret = NewSecret::generate(SecretKind::AuthorizationRequest).map_err(|_| store::Error::NoRandomness)?;
        let (ring, seq) = self.live.decide(async |view| Ok((view.key_ring().await?, view.moment().seq))).await?;
        let hash = ring.peppers().hash(&secret.text);
        let kept_secret = KeptSecret { public_id: secret.public_id, hash };
        let parameters = serde_json::to_string(&request).map_err(|error| Error::CannotSign(error.to_string()))?;
        let application = request.application;
        let life = if browser.is_some() { LIFE } else { PUSHED_LIFE };
        let inserted = self.live.executor().run(move |store| {
            store.redeem(|redemption| {
                let (id, now) = (redemption.new_id::<AuthorizationRequestId>(), redemption.now());
                let row = KeptRequest {
                    id,
                    secret: kept_secret,
                    application,
                    browser,
                    parameters,
                    made_at: seq,
                    expires_at: now.plus(life),
                };
                authorization_requests::insert(redemption, &row)?;
                Ok::<_, store::Error>((id, now))
            })
        });
        let (id, arrived_at) = match inserted.await {
            Ok(made) => made,
            Err(store::Error::Refused(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let handle = Handle(Zeroizing::new(secret.text.expose().to_owned()));
        Ok(Some((handle, Kept { id, request, arrived_at })))
    }

    /// The request that a browser comes with for the first time, which makes it the browser's.
    pub(super) async fn claim(
        &self,
        uri: &str,
        client_id: Option<&str>,
        browser: [u8; 32],
    ) -> Result<Result<(Handle, Kept), Fault>, Error> {
        let unknown = || Ok(Err(Fault::Page(PageFault::RequestUri)));
        let Some(text) = uri.strip_prefix(REQUEST_URI) else { return unknown() };
        let Some((handle, row, kept)) = self.look_up(text).await? else { return unknown() };
        if row.browser.is_some() || client_id != Some(row.application.to_string().as_str()) {
            return unknown();
        }
        let id = row.id;
        let bound = self.live.executor().run(move |store| {
            store.redeem(|redemption| {
                let now = redemption.now();
                let is_bound = authorization_requests::bind(redemption, id, &browser, now.plus(LIFE))?;
                Ok::<_, store::Error>(is_bound.then_some(now))
            })
        });
        match bound.await? {
            Some(arrived_at) => Ok(Ok((handle, Kept { arrived_at, ..kept }))),
            None => unknown(),
        }
    }

    /// The request with this handle, if it is this browser's (A25).
    pub(in crate::oauth) async fn find_request(
        &self,
        handle: &str,
        browser: [u8; 32],
    ) -> Result<Option<(Handle, Kept)>, Error> {
        let found = self.look_up(handle).await?;
        Ok(found.filter(|(_, row, _)| row.browser == Some(browser)).map(|(handle, _, kept)| (handle, kept)))
    }

    /// What a login page says about the request that waits for the login.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn waiting(&self, handle: &str, browser: [u8; 32]) -> Result<Option<Waiting>, Error> {
        let Some((_, kept)) = self.find_request(handle, browser).await? else { return Ok(None) };
        let CheckedRequest { application, redirect_uri, login_hint, .. } = kept.request;
        let found = self.live.decide(async |view| view.application(application).await).await?;
        Ok(found.map(|application| Waiting { application: application.name.clone(), redirect_uri, login_hint }))
    }

    async fn look_up(&self, text: &str) -> Result<Option<(Handle, KeptRequest, Kept)>, Error> {
        let presented = PresentedSecret::parse(text).ok();
        let presented = presented.filter(|secret| secret.kind() == SecretKind::AuthorizationRequest);
        let Some(presented) = presented else { return Ok(None) };
        let (ring, moment) = self.live.decide(async |view| Ok((view.key_ring().await?, *view.moment()))).await?;
        let public_id = presented.public_id();
        let found =
            self.live.executor().run(move |store| store.snapshot(|tx| authorization_requests::find(tx, public_id)));
        let Some(row) = found.await? else { return Ok(None) };
        let is_it = ring.peppers().verify(&presented, &row.secret.hash);
        if !is_it || row.expires_at <= moment.now || is_dead(row.made_at, moment.seq) {
            return Ok(None);
        }
        let Ok(request) = serde_json::from_str::<CheckedRequest>(&row.parameters) else { return Ok(None) };
        // Whoever has a browser got the whole life when that came.
        let kept = Kept { id: row.id, request, arrived_at: row.expires_at.minus(LIFE) };
        Ok(Some((Handle(Zeroizing::new(text.to_owned())), row, kept)))
    }
}

/// It claims to be made after the present state: history was replaced.
fn is_dead(made_at: Seq, head: Seq) -> bool {
    made_at > head
}
