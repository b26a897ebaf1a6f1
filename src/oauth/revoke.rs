//! Revocation (RFC 7009): the client that got a token takes it back.

use serde_json::json;

use super::{
    Error, OAuth, Refusal,
    client_authentication::{Client, PresentedClient},
    counts::Revoked,
    families::Ending,
    verified_tokens::VerifiedToken,
};
use crate::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    domain::{
        access_token::Acts,
        audit_event::{Actor, AuditEntry, Credential, Origin},
        ids::{ClientId, FamilyId},
        party::Party,
        time::Timestamp,
    },
    live::{Interrupted, View},
    store::{self, audit, revoked_tokens, revoked_tokens::RevokedToken},
};
use std::sync::Arc;

/// What was asked. `token_type_hint` is not among it: each token says by its form what it is (RV-03).
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
    /// It is not the caller's, who this is.
    Foreign(Party),
    /// It is the caller's and still lives.
    Revoke(Arc<VerifiedToken>),
    /// It is a refresh token of the caller's: all of its family dies (RV-07).
    End(FamilyId),
    /// No token was named.
    Missing,
}

impl OAuth {
    /// Revokes a token. When this returns, no node answers that it is active.
    ///
    /// # Errors
    /// A caller that is no client or not the token's, a missing token, or our own trouble: then nothing is revoked (I6).
    pub async fn revoke(&self, request: Request<'_>) -> Result<(), Error> {
        let refresh_token = request.token.and_then(|token| PresentedSecret::parse(token).ok());
        let refresh_token = refresh_token.filter(|secret| secret.kind() == SecretKind::RefreshToken);
        let kept = match refresh_token {
            Some(secret) => self.find_refresh_token(secret).await?,
            None => None,
        };
        let decided = self.live.decide(async |view| {
            Ok(match self.authenticate(view, request.client).await? {
                Ok(caller) => Ok(match &kept {
                    Some(kept) => decide_ending(view, kept.family, &caller).await?,
                    None => self.decide_revocation(view, request.token, &caller).await?,
                }),
                Err(reason) => Err(reason),
            })
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.client, reason)),
            Ok(Decision::Missing) => Err(Refusal::Missing("token").into()),
            Ok(Decision::Foreign(party)) => {
                Err(self.refuse_request(Refusal::ForeignToken, party, request.client.peer, "revoke"))
            }
            Ok(Decision::Nothing) => self.count_revocation(Ok(()), Revoked::Nothing),
            Ok(Decision::End(family)) => {
                let ended = self.end_family(family, Ending::Revoked, request.client).await;
                self.count_revocation(ended, Revoked::RefreshToken)
            }
            Ok(Decision::Revoke(token)) => {
                let written = self.write_revocation(&token, request.client).await;
                self.count_revocation(written, Revoked::AccessToken)
            }
        }
    }

    fn count_revocation(&self, done: Result<(), Error>, what: Revoked) -> Result<(), Error> {
        if done.is_ok() {
            self.counts.revoked.inc(what);
        }
        done
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
        let is_own = caller.id() == Some(token.claims.client_id);
        Ok(if is_own { Decision::Revoke(token) } else { Decision::Foreign(caller.party()) })
    }

    async fn write_revocation(&self, token: &VerifiedToken, client: PresentedClient<'_>) -> Result<(), Error> {
        let claims = &token.claims;
        let revoked = RevokedToken { id: claims.jti, expires_at: Timestamp::from_seconds(claims.exp) };
        let actor = match token.facts.acts {
            Acts::Key { key, .. } => Actor::ApiKey(key),
            Acts::Application { application, .. } => Actor::Application(application),
        };
        let of_token = token.facts.acts.credential();
        // The client may show its other pair than the one that got the token.
        let credential = match of_token {
            Credential::Grant { grant, .. } => Credential::Grant { grant, pair: client.pair() },
            _ => Credential::of(client.pair()),
        };
        let origin = Origin::client(actor, credential, client.peer).on_authority_of(claims.sub.parse().ok());
        let detail = json!({ "client_id": claims.client_id, "pair": of_token.pair() });
        let entry = AuditEntry::new("token.revoke", claims.jti, Some(claims.space), detail);
        let entry = entry.about_each(of_token.pair()).in_workspaces(token.facts.scope.workspace.as_slice());
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

async fn decide_ending(view: &View<'_>, family: FamilyId, caller: &Client) -> Result<Decision, Interrupted> {
    let Some(family) = view.family(family).await? else { return Ok(Decision::Nothing) };
    let Some(grant) = view.grant_standing(family.grant).await? else { return Ok(Decision::Nothing) };
    let is_own = caller.id() == Some(ClientId::Application(grant.standing.grant.application));
    Ok(if is_own { Decision::End(family.id) } else { Decision::Foreign(caller.party()) })
}
