//! Who calls Keystead's own API (ruling 26): whoever presents an active token whose audience is that API.

use std::sync::Arc;

use super::{Error, OAuth, active_token::find_active_if};
use crate::{
    config::issuer::api_audience,
    crypto::key_ring::KeyRing,
    domain::{access_token::AccessToken, party::Party},
    live::Moment,
};

/// A token that was found active, and the moment at which it was.
pub struct ApiCaller {
    /// What it says.
    pub token: AccessToken,
    /// The moment.
    pub moment: Moment,
    /// Keys and peppers of that moment.
    pub ring: Arc<KeyRing>,
    /// Who it is, for the audit log.
    pub party: Party,
}

impl OAuth {
    /// The caller behind a bearer token. If the token is not active or for another API, which is not told (I3), the audit log
    /// may still know whose it is.
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn api_caller(&self, token: &str) -> Result<Result<ApiCaller, Option<Party>>, Error> {
        let audience = api_audience(self.options.issuer.as_str());
        let decided = self.live.decide(async |view| {
            let active = find_active_if(self, view, token, |claims| claims.aud == audience).await?;
            let active = match active {
                Ok(active) => active,
                Err(party) => return Ok(Err(party)),
            };
            let (party, ring) = (active.party(), view.key_ring().await?);
            Ok(Ok(ApiCaller { token: active.token.facts.clone(), moment: *view.moment(), ring, party }))
        });
        Ok(decided.await?)
    }
}
