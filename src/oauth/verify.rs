//! The check that gateways make for each request they pass on (ruling 25): who is behind this token or API key, and may it
//! do what the gateway's own URL asks for?

use super::{
    Error, OAuth,
    bearer::{Bearer, Credential, find_bearer},
    client_authentication::{Client, NotAuthenticated, PresentedClient, authenticate},
    counts::Verified,
};
use crate::domain::{
    role::RoleName,
    throttle::Quota,
    workspace::{WorkspaceKey, WorkspaceNumber},
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
            Answer::Insufficient => Verified::Insufficient,
            Answer::TooManyWrongSecrets(_) => Verified::Throttled,
        });
        Ok(answer)
    }

    async fn find_answer(&self, request: Request<'_>) -> Result<Answer, Error> {
        let decided = self.live.decide(async |view| {
            let gateway = match authenticate(view, request.gateway).await? {
                Ok(gateway @ Client::ResourceServer(_)) => gateway,
                Ok(Client::ApiKey(_) | Client::Application(_)) => return Ok(Err(NotAuthenticated::Unusable)),
                Err(reason) => return Ok(Err(reason)),
            };
            let Some(credential) = request.credential else { return Ok(Ok(None)) };
            let found = find_bearer(self, view, credential, &gateway).await?;
            Ok(Ok(Some((credential, found, view.moment().now))))
        });
        let peer = request.gateway.peer;
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.gateway, reason)),
            Ok(None) => Ok(Answer::NoCredential),
            Ok(Some((credential, Err(_), _))) => {
                let counted = self.count_refused(credential.as_client(peer));
                Ok(counted.map_or_else(Answer::TooManyWrongSecrets, |tries| Answer::Inactive { tries }))
            }
            Ok(Some((_, Ok(bearer), now))) => {
                let answer = decide(&bearer, request.needs);
                if let (Bearer::ApiKey(key), Answer::Pass(_)) = (&bearer, &answer) {
                    self.note_use(key, now, peer);
                }
                Ok(answer)
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
