//! Who calls Keystead's own API (ruling 26): whoever presents an active token whose audience is that API.

use std::sync::Arc;

use super::{Error, OAuth, active_token::find_active_if};
use crate::{config::issuer::api_audience, crypto::key_ring::KeyRing, domain::access_token::AccessToken, live::Moment};

/// A token that was found active, and the moment at which it was.
pub struct ApiCaller {
    /// What it says.
    pub token: AccessToken,
    /// The moment.
    pub moment: Moment,
    /// Keys and peppers of that moment.
    pub ring: Arc<KeyRing>,
}

impl OAuth {
    /// The caller behind a bearer token; none if the token is not active or for another API, which is not told (I3).
    ///
    /// # Errors
    /// Our own trouble.
    pub async fn api_caller(&self, token: &str) -> Result<Option<ApiCaller>, Error> {
        let audience = api_audience(self.options.issuer.as_str());
        let decided = self.live.decide(async |view| {
            let active = find_active_if(self, view, token, |claims| claims.aud == audience).await?;
            let Some(active) = active else { return Ok(None) };
            let (token, ring) = (active.token.facts.clone(), view.key_ring().await?);
            Ok(Some(ApiCaller { token, moment: *view.moment(), ring }))
        });
        Ok(decided.await?)
    }
}
