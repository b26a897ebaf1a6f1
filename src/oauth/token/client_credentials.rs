//! `client_credentials` (RFC 6749 section 4.4): an API key logs in.

use std::sync::Arc;

use super::{Answer, Request, user_tokens::signed};
use crate::{
    config::{Issuer, issuer::api_audience},
    crypto::{jwt::TokenType, key_ring::KeyRing},
    domain::{
        audit_fold::Fold,
        happening::{GrantType, Happening},
        ids::ClientId,
        party::Party,
        rights::Place,
        scope::{RequestedScope, Scope},
        site::Site,
        workspace::{WorkspaceKey, WorkspaceNumber},
    },
    live::{Interrupted, Moment, View},
    oauth::{
        Error, OAuth, Refusal,
        claims::{AccessTokenClaims, KeyClaims, NamedRoles, subject_of},
        client_authentication::{AuthenticatedKey, Client},
        not_authenticated::NotAuthenticated,
    },
};

/// A key that is let in, and all that its token needs, as it was at one moment.
struct Admitted {
    key: AuthenticatedKey,
    site: Arc<Site>,
    ring: Arc<KeyRing>,
    moment: Moment,
}

enum Admission {
    Admitted(Admitted),
    OtherClient(Party),
    Refused(NotAuthenticated),
}

impl OAuth {
    pub(super) async fn client_credentials(&self, request: Request<'_>) -> Result<Answer, Error> {
        let admission = self.live().decide(async |view| self.admit(view, &request).await).await?;
        self.issue(admission, &request)
    }

    /// Answers at a moment that was fixed earlier. The token carries that moment's number: what was taken away since then
    /// has already ended it.
    ///
    /// # Errors
    /// As [`OAuth::token`].
    pub async fn client_credentials_at(&self, moment: Moment, request: Request<'_>) -> Result<Answer, Error> {
        let view = self.live().view_at(moment);
        match self.admit(&view, &request).await {
            Ok(admission) => self.issue(admission, &request),
            Err(Interrupted::Unavailable(error)) => Err(error.into()),
            // What the secret would be compared with has changed since that moment.
            Err(Interrupted::Moved) => Err(Refusal::InvalidClient { tries: None }.into()),
        }
    }

    async fn admit(&self, view: &View<'_>, request: &Request<'_>) -> Result<Admission, Interrupted> {
        match self.authenticate(view, request.client).await? {
            Ok(Client::ApiKey(key)) => {
                let (site, ring) = (view.site().await?, view.key_ring().await?);
                Ok(Admission::Admitted(Admitted { key, site, ring, moment: *view.moment() }))
            }
            Ok(other) => Ok(Admission::OtherClient(other.party())),
            Err(refused) => Ok(Admission::Refused(refused)),
        }
    }

    fn issue(&self, admission: Admission, request: &Request<'_>) -> Result<Answer, Error> {
        let refuse = |refusal: Refusal, party| self.refuse_request(refusal, party, request.client.peer, "token");
        match admission {
            Admission::Admitted(admitted) => match self.issue_to(&admitted, request) {
                Err(Error::Refused(refusal)) => Err(refuse(refusal, admitted.key.party())),
                issued => issued,
            },
            Admission::OtherClient(party) => Err(refuse(Refusal::UnauthorizedClient, party)),
            Admission::Refused(refused) => Err(self.refuse_client(request.client, refused)),
        }
    }

    fn issue_to(&self, admitted: &Admitted, request: &Request<'_>) -> Result<Answer, Error> {
        let audience = granted_audience(&request.resources, &admitted.site, &self.options().issuer)?;
        let scope = granted_scope(request.scope, admitted, audience)?;
        let claims = self.claims(admitted, &scope, audience);
        let algorithm = self.options().signing_algorithm;
        let access_token = signed(&admitted.ring, algorithm, TokenType::AccessToken, &claims)?;
        let (moment, what) = (&admitted.moment, Happening::TokenIssue(GrantType::ClientCredentials));
        let fold = Fold::of(Some(admitted.key.party()), request.client.peer, what, moment.now);
        self.note_use(moment, fold.in_workspace(scope.workspace));
        Ok(Answer::of_key(access_token, claims.exp - moment.now.as_seconds(), claims.scope))
    }

    fn claims(&self, admitted: &Admitted, scope: &Scope, audience: &str) -> AccessTokenClaims {
        let Admitted { key, moment, .. } = admitted;
        let standing = &key.composed.standing;
        let held = &key.composed.held_roles;
        let mut named = NamedRoles::of(held, scope.workspace);
        if audience == api_audience(self.options().issuer.as_str()) {
            let of_site = held.iter().filter(|held| held.place.narrowed(scope.workspace) == Some(Place::Site));
            named.space.extend(of_site.map(|held| held.role.name.clone()));
        }
        let end = self.end_of_token(standing.space.token_life, moment.now, key.pair_expires_at);
        let now = moment.now.as_seconds();
        AccessTokenClaims {
            iss: self.options().issuer.as_str().to_owned(),
            aud: audience.to_owned(),
            sub: subject_of(standing),
            client_id: ClientId::ApiKey(standing.key.id),
            iat: now,
            nbf: now,
            exp: end.as_seconds(),
            jti: self.new_token_id(moment.now),
            scope: scope.to_string(),
            seq: moment.seq,
            space: standing.space.id,
            roles: named.space,
            workspaces: named.workspaces,
            workspaces_omitted: false,
            key: Some(KeyClaims::of(standing, &key.composed.held_roles, key.pair)),
            grant: None,
            family: None,
            pair: None,
            rls: false,
        }
        .within_budget()
    }
}

/// The requested scope, if the key can have all of it: nothing is narrowed silently (CC-05).
fn granted_scope(requested: Option<&str>, admitted: &Admitted, audience: &str) -> Result<Scope, Refusal> {
    let Admitted { key, site, .. } = admitted;
    let requested = RequestedScope::parse(requested).map_err(Refusal::Scope)?;
    let mode = key.composed.standing.key.mode;
    let scope = requested.grant(mode, site.scopes_at(audience)).map_err(Refusal::Scope)?;
    match scope.workspace {
        Some(number) if !has_role_in(key, number) => Err(Refusal::NoRoleInWorkspace),
        _ => Ok(scope),
    }
}

fn has_role_in(key: &AuthenticatedKey, number: WorkspaceNumber) -> bool {
    key.composed.held_roles.iter().any(|held| match held.place {
        Place::Site | Place::Space => false,
        Place::Workspace(WorkspaceKey::One(held)) => held == number,
        Place::Workspace(WorkspaceKey::All) => key.composed.standing.reaches_by_all(number),
    })
}

/// The requested resource if some resource server answers to it or it is Keystead's own API (ruling 26), else the site's
/// default audience (ruling 11).
fn granted_audience<'a>(resources: &[&'a str], site: &'a Site, issuer: &Issuer) -> Result<&'a str, Refusal> {
    match resources {
        [] => Ok(site.default_audience.as_str()),
        [resource] if site.knows(resource) || *resource == api_audience(issuer.as_str()) => Ok(resource),
        [_] => Err(Refusal::UnknownResource),
        _ => Err(Refusal::SeveralResources),
    }
}
