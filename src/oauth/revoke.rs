//! Revocation (RFC 7009): the client that got a token takes it back.

use serde_json::json;

use super::{
    Error, OAuth, Refusal,
    client_authentication::{Client, PresentedClient, authenticate},
    verified_tokens::VerifiedToken,
};
use crate::{
    domain::{
        audit_event::{Actor, AuditEntry, Origin},
        time::Timestamp,
    },
    live::{Interrupted, View},
    store::{self, audit, revoked_tokens, revoked_tokens::RevokedToken},
};
use std::sync::Arc;

/// What was asked. `token_type_hint` is not among it: there is one kind of token, found without hint (RV-03).
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub client: PresentedClient<'a>,
    /// Which token is to die.
    pub token: Option<&'a str>,
}

enum Decision {
    /// Unknown, expired or malformed: nothing is left to revoke (RV-02).
    Nothing,
    /// It is not the caller's.
    Foreign,
    /// It is the caller's and still lives.
    Revoke(Arc<VerifiedToken>),
    /// No token was named.
    Missing,
}

impl OAuth {
    /// Revokes a token. When this returns, no node answers that it is active.
    ///
    /// # Errors
    /// A caller that is no client or not the token's, a missing token, or our own trouble: then nothing is revoked (I6).
    pub async fn revoke(&self, request: Request<'_>) -> Result<(), Error> {
        let decided = self.live.decide(async |view| {
            Ok(match authenticate(view, request.client).await? {
                Ok(caller) => Ok(self.decide_revocation(view, request.token, &caller).await?),
                Err(reason) => Err(reason),
            })
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.client, reason)),
            Ok(Decision::Missing) => Err(Refusal::Missing("token").into()),
            Ok(Decision::Foreign) => Err(Refusal::ForeignToken.into()),
            Ok(Decision::Nothing) => Ok(()),
            Ok(Decision::Revoke(token)) => self.write_revocation(&token, request.client).await,
        }
    }

    async fn decide_revocation(
        &self,
        view: &View<'_>,
        token: Option<&str>,
        caller: &Client,
    ) -> Result<Decision, Interrupted> {
        let Some(token) = token else { return Ok(Decision::Missing) };
        let ring = view.key_ring().await?;
        let site = view.site().await?;
        let Some(token) = self.verified.verify(token, self.options.issuer.as_str(), &ring, &site.scopes) else {
            return Ok(Decision::Nothing);
        };
        let expires_at = Timestamp::from_seconds(token.claims.exp);
        if expires_at <= view.moment().now {
            return Ok(Decision::Nothing);
        }
        Ok(match caller {
            Client::ApiKey(key) if key.composed.standing.key.id == token.claims.client_id => Decision::Revoke(token),
            Client::ApiKey(_) | Client::ResourceServer(_) => Decision::Foreign,
        })
    }

    async fn write_revocation(&self, token: &VerifiedToken, client: PresentedClient<'_>) -> Result<(), Error> {
        let claims = &token.claims;
        let revoked = RevokedToken { id: claims.jti, expires_at: Timestamp::from_seconds(claims.exp) };
        let origin = Origin { actor: Actor::ApiKey(claims.client_id), address: client.peer };
        let entry = AuditEntry {
            action: "token.revoke",
            target: claims.jti.to_string(),
            space: Some(claims.space),
            detail: json!({ "client_id": claims.client_id, "pair": claims.key.pair }),
        };
        let written = self.live.executor().run(move |store| {
            store.change(|change| {
                if revoked_tokens::insert(change, revoked)? {
                    audit::insert(change, &origin, &entry)?;
                }
                Ok::<_, store::Error>(())
            })
        });
        Ok(written.await?)
    }
}
