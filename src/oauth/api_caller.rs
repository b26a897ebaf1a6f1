//! Who calls Keystead's own API (ruling 26): whoever presents an active token whose audience is that API.

use std::sync::Arc;

use super::{Error, OAuth, verified_tokens::VerifiedToken};
use crate::{
    config::issuer::api_audience,
    crypto::{jwt, key_ring::KeyRing},
    domain::{access_token::AccessToken, time::Timestamp},
    live::{Interrupted, Moment, View},
};

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
        Ok(self.live.decide(async |view| self.find_api_caller(view, token).await).await?)
    }

    async fn find_api_caller(&self, view: &View<'_>, token: &str) -> Result<Option<ApiCaller>, Interrupted> {
        let (ring, moment) = (view.key_ring().await?, *view.moment());
        let issuer = self.options.issuer.as_str();
        let Some(verified) = self.verified.verify(token, issuer, &ring) else { return Ok(None) };
        let claims = &verified.claims;
        if jwt::check_times(claims, moment.now).is_err() || claims.aud != api_audience(issuer) {
            return Ok(None);
        }
        let Some(composed) = view.standing(claims.client_id).await? else { return Ok(None) };
        let token = access_token(&verified);
        let stands = token.stands(&composed.standing, view.site().await?.cut_off, moment.seq, moment.now)
            && !view.is_revoked(token.id, Timestamp::from_seconds(claims.exp));
        Ok(stands.then_some(ApiCaller { token, moment, ring }))
    }
}

/// What decisions read of a verified token.
fn access_token(verified: &VerifiedToken) -> AccessToken {
    let claims = &verified.claims;
    AccessToken {
        id: claims.jti,
        key: claims.client_id,
        pair: claims.key.pair,
        made_at: claims.seq,
        expires_at: Timestamp::from_seconds(claims.exp),
        scope: verified.scope,
        roles: claims.roles.clone(),
        workspaces: claims.workspaces.clone(),
        workspaces_omitted: claims.workspaces_omitted,
    }
}
