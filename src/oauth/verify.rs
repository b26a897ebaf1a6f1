//! The check that gateways make for each request they pass on (ruling 25): who is behind this token or API key, and may it
//! do what the gateway's own URL asks for?

use super::{
    Error, OAuth,
    bearer::{Bearer, Credential, NoBearer, find_bearer},
    client_authentication::{Client, PresentedClient},
    counts::Verified,
    not_authenticated::NotAuthenticated,
};
use crate::{
    domain::{
        audit_fold::Fold,
        denial::Denial,
        happening::{Happening, PresentedTo},
        role::RoleName,
        throttle::Quota,
        workspace::{WorkspaceKey, WorkspaceNumber},
    },
    live::Moment,
};

/// What was asked.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The gateway, a resource server.
    pub gateway: PresentedClient<'a>,
    /// What the request that the gateway holds presents.
    pub credential: Option<Credential<'a>>,
    /// What the request needs.
    pub needs: Needs<'a>,
}

/// What a request needs, from the gateway's own URL. Absent means not needed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs<'a> {
    /// A role in this workspace.
    pub workspace: Option<WorkspaceNumber>,
    /// This role, in that workspace if one is named, else in the space.
    pub role: Option<&'a str>,
    /// This permission, there.
    pub permission: Option<&'a str>,
    /// These scope values.
    pub scope: Option<&'a str>,
}

/// The answer.
pub enum Answer {
    /// Let it pass, with this identity.
    Pass(Identity),
    /// Nothing is presented.
    NoCredential,
    /// The token is not active, or the key does not work.
    Inactive {
        /// What is left of the tries of this key from this network, if a secret was presented.
        tries: Option<Quota>,
    },
    /// It would pass, but its key may not be used from where the request comes (KM-14).
    AddressNotAllowed,
    /// It is active, and does not reach that far.
    Insufficient,
    /// Too many wrong secrets were presented for this key from this network (ruling 18).
    TooManyWrongSecrets(Quota),
}

/// Who is behind a credential, as the gateway passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`.
    pub subject: String,
    /// The key.
    pub client: String,
    /// The space.
    pub space: String,
    /// What the credential may be used for now.
    pub scope: String,
    /// Roles at the place that was asked for, separated by spaces.
    pub roles: String,
    /// Permissions there, separated by spaces.
    pub permissions: String,
}

impl OAuth {
    /// Answers a gateway.
    ///
    /// # Errors
    /// A gateway that is no resource server, or our own trouble.
    pub async fn verify(&self, request: Request<'_>) -> Result<Answer, Error> {
        let answer = self.find_answer(request).await?;
        self.counts.verified.inc(match &answer {
            Answer::Pass(_) => Verified::Pass,
            Answer::NoCredential => Verified::NoCredential,
            Answer::Inactive { .. } => Verified::Inactive,
            Answer::AddressNotAllowed => Verified::AddressNotAllowed,
            Answer::Insufficient => Verified::Insufficient,
            Answer::TooManyWrongSecrets(_) => Verified::Throttled,
        });
        Ok(answer)
    }

    async fn find_answer(&self, request: Request<'_>) -> Result<Answer, Error> {
        let decided = self.live.decide(async |view| {
            let gateway = match self.authenticate(view, request.gateway).await? {
                Ok(gateway @ Client::ResourceServer(_)) => gateway,
                Ok(other) => {
                    return Ok(Err(NotAuthenticated::unusable(other.party(), Denial::UnauthorizedClient)));
                }
                Err(refused) => return Ok(Err(refused)),
            };
            let Some(credential) = request.credential else { return Ok(Ok(None)) };
            let found = find_bearer(self, view, credential, &gateway).await?;
            Ok(Ok(Some((credential, found, *view.moment()))))
        });
        let peer = request.gateway.peer;
        match decided.await? {
            Err(refused) => Err(self.refuse_client(request.gateway, refused)),
            Ok(None) => Ok(Answer::NoCredential),
            Ok(Some((credential, Err(NoBearer::ApiKey(refused)), _))) => {
                let counted = self.note_refused_client(credential.as_client(peer), refused);
                Ok(counted.map_or_else(Answer::TooManyWrongSecrets, |tries| Answer::Inactive { tries }))
            }
            Ok(Some((_, Err(NoBearer::Token(party)), _))) => {
                let what = Happening::RequestRefuse { operation: "verify", reason: "invalid_token" };
                self.note_denial(party, peer, what, request.needs.workspace);
                Ok(Answer::Inactive { tries: None })
            }
            Ok(Some((_, Ok(bearer), _))) if bearer.basis().check_address(peer).is_err() => {
                let what = Happening::RequestRefuse { operation: "verify", reason: "address_not_allowed" };
                self.note_denial(Some(bearer.party()), peer, what, request.needs.workspace);
                Ok(Answer::AddressNotAllowed)
            }
            Ok(Some((_, Ok(bearer), moment))) => {
                let answer = decide(&bearer, request.needs);
                self.note_answer(&bearer, &answer, &request, &moment);
                Ok(answer)
            }
        }
    }

    /// Notes who was not let through, and which keys were; that a token passes is not noted.
    fn note_answer(&self, bearer: &Bearer, answer: &Answer, request: &Request<'_>, moment: &Moment) {
        let (peer, workspace) = (request.gateway.peer, request.needs.workspace);
        match (bearer, answer) {
            (Bearer::ApiKey(key), Answer::Pass(_)) => {
                let what = Happening::KeyPairUse(PresentedTo::Gateway);
                let fold = Fold::of(Some(key.party()), peer, what, moment.now).in_workspace(workspace);
                self.note_use(moment, fold);
            }
            (Bearer::Token(_), Answer::Pass(_)) => {}
            _ => {
                let what = Happening::RequestRefuse { operation: "verify", reason: "insufficient_scope" };
                self.note_denial(Some(bearer.party()), peer, what, workspace);
            }
        }
    }
}

fn decide(bearer: &Bearer, needs: Needs<'_>) -> Answer {
    let description = bearer.describe();
    let scopes: Vec<&str> = description.scope.split(' ').collect();
    let scope_reaches = needs.scope.is_none_or(|needed| needed.split(' ').all(|value| scopes.contains(&value)));

    let (roles, permissions) = match needs.workspace {
        None => (description.roles.clone(), description.permissions.space.clone()),
        Some(number) => {
            let by_all = bearer.basis().reaches_by_all(number).then_some(WorkspaceKey::All);
            let keys: Vec<_> = [WorkspaceKey::One(number)].into_iter().chain(by_all).collect();
            let roles = keys.iter().filter_map(|key| description.workspaces.get(key)).flatten().cloned().collect();
            let of = |key| description.permissions.workspaces.get(key);
            (roles, keys.iter().filter_map(of).flatten().cloned().collect())
        }
    };
    let place_reaches = needs.workspace.is_none() || !roles.is_empty();
    let role_reaches = needs.role.is_none_or(|needed| roles.iter().any(|role| role.as_str() == needed));
    let permission_reaches = needs.permission.is_none_or(|needed| permissions.iter().any(|held| held == needed));
    if !(scope_reaches && place_reaches && role_reaches && permission_reaches) {
        return Answer::Insufficient;
    }
    let names: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    Answer::Pass(Identity {
        subject: description.sub.into_owned(),
        client: description.client_id.to_string(),
        space: description.space.to_string(),
        scope: description.scope,
        roles: names.join(" "),
        permissions: permissions.join(" "),
    })
}
