//! The tokens that an application gets for a user: the same for a code and for a refresh token.

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde::Serialize;
use zeroize::Zeroizing;

use super::Answer;
use crate::{
    config::issuer::api_audience,
    crypto::{jwt, jwt::TokenType, key_ring::KeyRing},
    domain::{
        audience::Audience,
        audit_fold::Fold,
        grant::Family,
        happening::{GrantType, Happening},
        ids::{ClientId, FamilyId},
        party::Party,
        rights::Place,
        scope::Scope,
        signing_key::SigningAlgorithm,
        site::Site,
        time::Timestamp,
        user_scope::{IdentityScope, UserScope, UserScopes},
    },
    live::{Interrupted, Moment, View, composed::ComposedGrant},
    oauth::{
        Error, OAuth, Refusal,
        claims::{AccessTokenClaims, NamedRoles},
        client_authentication::AuthenticatedApplication,
        error::InvalidGrant,
        id_token::IdTokenClaims,
    },
};

/// An application that is let in for a user, and all that its tokens need, as it was at one moment.
pub(super) struct Admitted {
    pub(super) caller: AuthenticatedApplication,
    pub(super) family: Arc<Family>,
    pub(super) grant: Arc<ComposedGrant>,
    pub(super) site: Arc<Site>,
    pub(super) ring: Arc<KeyRing>,
    pub(super) moment: Moment,
}

impl Admitted {
    /// Finds what the tokens rest on. That the family, the consent, the user or the application is gone, switched off or cut
    /// off since looks the same to the caller.
    pub(super) async fn find(
        view: &View<'_>,
        caller: AuthenticatedApplication,
        family: FamilyId,
    ) -> Result<Result<Self, InvalidGrant>, Interrupted> {
        let Some(family) = view.family(family).await? else { return Ok(Err(InvalidGrant::Ended)) };
        let Some(grant) = view.grant_standing(family.grant).await? else { return Ok(Err(InvalidGrant::Ended)) };
        if grant.standing.grant.application != caller.application.id {
            return Ok(Err(InvalidGrant::OfAnotherClient));
        }
        let (site, ring, moment) = (view.site().await?, view.key_ring().await?, *view.moment());
        let stands = grant.standing.authorization_stands(family.made_at, site.cut_off, moment.seq);
        if !stands || family.expires_at <= moment.now {
            return Ok(Err(InvalidGrant::Ended));
        }
        Ok(Ok(Self { caller, family, grant, site, ring, moment }))
    }

    /// Who it is, for the audit log.
    pub(super) fn party(&self) -> Party {
        Party::of_grant(&self.grant.standing, self.caller.pair)
    }

    /// When a refresh token made now stops working if it is not used.
    pub(super) fn idle_end(&self, refresh_idle: Duration) -> Timestamp {
        self.moment.now.plus(refresh_idle).min(self.family.expires_at)
    }

    /// What was granted and still is.
    pub(super) fn scopes(&self) -> UserScopes {
        let made_at = self.family.made_at;
        self.family.scopes.filtered(|scope| self.grant.standing.covers(scope, made_at))
    }

    /// The audience of the token: what is asked for of what was granted and still is, else the first of that, else the
    /// site's own (RI-05, ruling 11). An API that is gone, or came back since, is granted to nobody (T9).
    pub(super) fn audience(&self, resources: &[&str], issuer: &str) -> Result<String, Refusal> {
        let (standing, made_at) = (&self.grant.standing, self.family.made_at);
        let is_served = |asked: &str| {
            let is_known = asked == api_audience(issuer) || asked == self.site.default_audience.as_str();
            (is_known || self.site.knows(asked)) && self.site.audience_kept(asked, made_at).holds
        };
        let still = |asked: &str| {
            is_served(asked)
                && standing.grant.reaches(asked, made_at)
                && standing.admission.application.reaches(asked, made_at)
        };
        let mut granted = self.family.resources.iter().map(Audience::as_str).filter(|granted| still(granted));
        match resources {
            [] if self.family.resources.is_empty() => Ok(self.site.default_audience.as_str().to_owned()),
            [] => granted.next().map(str::to_owned).ok_or(Refusal::UnknownResource),
            [asked] if granted.any(|granted| granted == *asked) => Ok((*asked).to_owned()),
            [asked] if self.family.resources.is_empty() && *asked == self.site.default_audience.as_str() => {
                Ok((*asked).to_owned())
            }
            [_] => Err(Refusal::UnknownResource),
            _ => Err(Refusal::SeveralResources),
        }
    }
}

/// What is to be in the tokens.
pub(super) struct Wanted {
    pub(super) scopes: UserScopes,
    pub(super) audience: String,
    pub(super) nonce: Option<String>,
}

/// The token of these claims, by the key that signs with this algorithm now.
pub(in crate::oauth) fn signed(
    ring: &KeyRing,
    algorithm: SigningAlgorithm,
    typ: TokenType,
    claims: &impl Serialize,
) -> Result<String, Error> {
    let key = ring.active(algorithm).ok_or_else(|| Error::CannotSign(format!("no active {algorithm} key")))?;
    jwt::sign(key, typ, claims).map_err(|error| Error::CannotSign(error.to_string()))
}

impl OAuth {
    /// Signs the tokens. They carry the number of the moment, so that what was taken away since has ended them already.
    pub(super) fn user_tokens(
        &self,
        admitted: &Admitted,
        wanted: Wanted,
        refresh_token: Option<Zeroizing<String>>,
    ) -> Result<Answer, Error> {
        let claims = self.user_claims(admitted, &wanted.scopes, wanted.audience);
        let access_token = signed(&admitted.ring, self.options().signing_algorithm, TokenType::AccessToken, &claims)?;
        let id_token = if wanted.scopes.has(IdentityScope::OpenId) {
            let algorithm = admitted.caller.application.id_token_algorithm;
            let claims = IdTokenClaims::of(&self.options().issuer, &claims, &admitted.family, wanted.nonce)
                .with_hash_of(&access_token, algorithm);
            Some(signed(&admitted.ring, algorithm, TokenType::IdToken, &claims)?)
        } else {
            None
        };
        let expires_in = claims.exp - admitted.moment.now.as_seconds();
        let scope = claims.scope;
        Ok(Answer { access_token, token_type: "Bearer", expires_in, scope, refresh_token, id_token })
    }

    /// Notes that tokens were issued.
    pub(super) fn note_issue(&self, admitted: &Admitted, by: GrantType, to: Option<IpAddr>) {
        let moment = &admitted.moment;
        self.note_use(moment, Fold::of(Some(admitted.party()), to, Happening::TokenIssue(by), moment.now));
    }

    fn user_claims(&self, admitted: &Admitted, scopes: &UserScopes, audience: String) -> AccessTokenClaims {
        let Admitted { caller, family, grant, site, moment, .. } = admitted;
        let user = &grant.standing.admission.user;
        let meaningful = |scope: &UserScope| match scope {
            UserScope::Registered(name) => site.scopes_at(&audience).any(|known| known.name == *name),
            _ => true,
        };
        let scopes = scopes.filtered(meaningful);
        let scope = Scope::from_claim(&scopes.to_string(), &site.scopes);
        let mut named = NamedRoles::default();
        if scope.carries_roles() {
            named = NamedRoles::of(&grant.held_roles, None);
            if audience == api_audience(self.options().issuer.as_str()) {
                let of_site = grant.held_roles.iter().filter(|held| held.place == Place::Site);
                named.space.extend(of_site.map(|held| held.role.name.clone()));
            }
        }
        let home_life = grant.standing.admission.home.token_life;
        let end = self.end_of_token(home_life, moment.now, caller.pair_expires_at);
        let now = moment.now.as_seconds();
        AccessTokenClaims {
            iss: self.options().issuer.as_str().to_owned(),
            aud: audience,
            sub: user.id.to_string(),
            client_id: ClientId::Application(caller.application.id),
            iat: now,
            nbf: now,
            exp: end.min(family.expires_at).as_seconds(),
            jti: self.new_token_id(moment.now),
            scope: scopes.to_string(),
            seq: moment.seq,
            space: user.home,
            roles: named.space,
            workspaces: named.workspaces,
            workspaces_omitted: false,
            key: None,
            grant: Some(grant.standing.grant.id),
            family: Some(family.id),
            pair: caller.pair,
            rls: true,
        }
        .within_budget()
    }
}
