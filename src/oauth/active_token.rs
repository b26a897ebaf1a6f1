//! Whether a token is active at this moment, and what it may still be used for: the narrower of what it was made with and
//! what is so now.

use std::sync::Arc;

use super::{OAuth, claims::AccessTokenClaims, client_authentication::Client, verified_tokens::VerifiedToken};
use crate::{
    crypto::jwt,
    domain::{
        cut_off::{CutOff, Verdict, verdict},
        rights::{HeldRole, Place},
        scope::Scope,
        sequence::Seq,
        time::Timestamp,
    },
    live::{Interrupted, View, composed::ComposedStanding},
};

/// A token that is active now.
pub struct ActiveToken {
    /// What it says.
    pub token: Arc<VerifiedToken>,
    /// Its key, as it is now.
    pub composed: Arc<ComposedStanding>,
}

/// Decides whether `token` is active for `caller`. Nothing says why it is not (I3).
pub(super) async fn find_active(
    oauth: &OAuth,
    view: &View<'_>,
    token: &str,
    caller: &Client,
) -> Result<Option<ActiveToken>, Interrupted> {
    let ring = view.key_ring().await?;
    let Some(token) = oauth.verified.verify(token, oauth.options.issuer.as_str(), &ring) else { return Ok(None) };
    if jwt::check_times(&token.claims, view.moment().now).is_err() || !may_see(caller, &token.claims) {
        return Ok(None);
    }
    let Some(composed) = view.standing(token.claims.client_id).await? else { return Ok(None) };
    let site_cut_off = view.site().await?.cut_off;
    let active = stands(view, &token.claims, &composed, site_cut_off);
    Ok(active.then_some(ActiveToken { token, composed }))
}

/// A resource server sees tokens for the audiences it serves (ruling 11), a key those issued to itself (I2).
fn may_see(caller: &Client, claims: &AccessTokenClaims) -> bool {
    match caller {
        Client::ResourceServer(server) => server.serves(&claims.aud),
        Client::ApiKey(key) => key.composed.standing.key.id == claims.client_id,
    }
}

fn stands(view: &View<'_>, claims: &AccessTokenClaims, composed: &ComposedStanding, site_cut_off: Seq) -> bool {
    let standing = &composed.standing;
    let Some(pair) = standing.key.pair(claims.key.pair) else { return false };
    let cut_offs = standing.cut_offs().chain([CutOff::Site(site_cut_off)]);
    standing.check_usable(pair, view.moment().now).is_ok()
        && verdict(claims.seq, view.moment().seq, standing.hangs_on(), cut_offs) == Verdict::Stands
        && !view.is_revoked(claims.jti, Timestamp::from_seconds(claims.exp))
}

impl ActiveToken {
    /// The narrower of the token's scope and what the key's mode allows now.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.token.scope.masked(self.composed.standing.key.mode)
    }

    /// The roles that count: the token carries them, and each assignment they rest on is there now and was when the token
    /// was made.
    #[must_use]
    pub fn counting_roles(&self) -> Vec<HeldRole> {
        let (claims, scope) = (&self.token.claims, self.scope());
        let counts = |held: &&HeldRole| scope.carries_roles() && held.since <= claims.seq && self.carries(held);
        self.composed.held_roles.iter().filter(counts).cloned().collect()
    }

    fn carries(&self, held: &HeldRole) -> bool {
        let claims = &self.token.claims;
        match held.place.narrowed(self.token.scope.workspace) {
            Some(Place::Space) => claims.roles.contains(&held.role.name),
            Some(Place::Workspace(key)) => {
                let named = || claims.workspaces.get(&key).is_some_and(|names| names.contains(&held.role.name));
                claims.workspaces_omitted || named()
            }
            None => false,
        }
    }
}
