//! Whether a token is active at this moment, and what it may still be used for: the narrower of what it was made with and
//! what is so now.

use std::sync::Arc;

use super::{OAuth, claims::AccessTokenClaims, client_authentication::Client, verified_tokens::VerifiedToken};
use crate::{
    crypto::jwt,
    domain::{
        access_token::{Acts, Circumstances},
        party::Party,
        rights::HeldRole,
        scope::Scope,
    },
    live::{Interrupted, View, composed::ComposedBasis},
};

/// A token that is active now.
pub struct ActiveToken {
    /// What it says.
    pub token: Arc<VerifiedToken>,
    /// What it rests on, as that is now.
    pub basis: ComposedBasis,
}

/// Decides whether `token` is active for `caller`. If not, the audit log may know whose it is, and nobody else why (I3).
pub(super) async fn find_active(
    oauth: &OAuth,
    view: &View<'_>,
    token: &str,
    caller: &Client,
) -> Result<Result<ActiveToken, Option<Party>>, Interrupted> {
    find_active_if(oauth, view, token, |claims| may_see(caller, claims)).await
}

/// The same for a caller to whom tokens with these claims may be known.
pub(super) async fn find_active_if(
    oauth: &OAuth,
    view: &View<'_>,
    token: &str,
    may_see: impl FnOnce(&AccessTokenClaims) -> bool,
) -> Result<Result<ActiveToken, Option<Party>>, Interrupted> {
    let ring = view.key_ring().await?;
    let site = view.site().await?;
    let issuer = oauth.options.issuer.as_str();
    let Some(token) = oauth.verified.verify(token, issuer, &ring, &site.scopes) else { return Ok(Err(None)) };
    let moment = view.moment();
    let Some(basis) = find_basis(view, token.facts.acts).await? else {
        return Ok(Err(Some(Party::of_token(token.facts.acts, None))));
    };
    let is_active = token.facts.is_active(&Circumstances {
        basis: basis.basis(),
        site: &site,
        head: moment.seq,
        now: moment.now,
        audience: &token.claims.aud,
        is_in_time: jwt::check_times(&token.claims, moment.now).is_ok(),
        is_revoked: view.is_revoked(token.facts.id, token.facts.expires_at),
    });
    let active = ActiveToken { token, basis };
    let is_active = is_active && may_see(&active.token.claims);
    Ok(if is_active { Ok(active) } else { Err(Some(active.party())) })
}

async fn find_basis(view: &View<'_>, acts: Acts) -> Result<Option<ComposedBasis>, Interrupted> {
    match acts {
        Acts::Key { key, .. } => Ok(view.standing(key).await?.map(ComposedBasis::Key)),
        Acts::Application { grant, family, .. } => {
            let Some(family) = view.family(family).await? else { return Ok(None) };
            Ok(view.grant_standing(grant).await?.map(|composed| ComposedBasis::Grant(composed, family)))
        }
    }
}

/// A resource server sees tokens for the audiences it serves (ruling 11), other clients those issued to themselves (I2).
fn may_see(caller: &Client, claims: &AccessTokenClaims) -> bool {
    match caller {
        Client::ResourceServer(server) => server.serves(&claims.aud),
        other => Some(claims.client_id) == other.id(),
    }
}

impl ActiveToken {
    /// Who holds it, for the audit log.
    #[must_use]
    pub fn party(&self) -> Party {
        Party::of_token(self.token.facts.acts, Some(self.basis.basis()))
    }

    /// The narrower of the token's scope and what is allowed now.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.token.facts.scope_of(self.basis.basis())
    }

    /// The roles that count for the token now.
    #[must_use]
    pub fn counting_roles(&self) -> Vec<HeldRole> {
        let basis = self.basis.basis();
        self.basis.held_roles().iter().filter(|held| self.token.facts.counts(basis, held)).cloned().collect()
    }
}
