//! The check that gateways make for each request they pass on (ruling 25): who is behind this token, and may it do what the
//! gateway's own URL asks for?

use super::{
    Error, OAuth,
    active_token::{ActiveToken, find_active},
    client_authentication::{Client, PresentedClient, authenticate},
};
use crate::domain::workspace::{WorkspaceKey, WorkspaceNumber};

/// What was asked.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The gateway, a resource server.
    pub gateway: PresentedClient<'a>,
    /// The token of the request that the gateway holds.
    pub token: Option<&'a str>,
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
    /// There is no token.
    NoToken,
    /// The token is not active.
    Inactive,
    /// The token is active, and does not reach that far.
    Insufficient,
}

/// Who is behind a token, as the gateway passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`.
    pub subject: String,
    /// The key.
    pub client: String,
    /// The space.
    pub space: String,
    /// What the token may be used for now.
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
        let decided = self.live.decide(async |view| {
            let gateway = match authenticate(view, request.gateway).await? {
                Ok(gateway @ Client::ResourceServer(_)) => gateway,
                Ok(Client::ApiKey(_)) => {
                    return Ok(Err(super::client_authentication::NotAuthenticated::Unusable));
                }
                Err(reason) => return Ok(Err(reason)),
            };
            let Some(token) = request.token else { return Ok(Ok(Answer::NoToken)) };
            let active = find_active(self, view, token, &gateway).await?;
            Ok(Ok(active.map_or(Answer::Inactive, |active| decide(&active, request.needs))))
        });
        match decided.await? {
            Err(reason) => Err(self.refuse_client(request.gateway, reason)),
            Ok(answer) => Ok(answer),
        }
    }
}

fn decide(active: &ActiveToken, needs: Needs<'_>) -> Answer {
    let description = active.describe();
    let scopes: Vec<&str> = description.scope.split(' ').collect();
    let scope_reaches = needs.scope.is_none_or(|needed| needed.split(' ').all(|value| scopes.contains(&value)));

    let (roles, permissions) = match needs.workspace {
        None => (description.roles.clone(), description.permissions.space.clone()),
        Some(number) => {
            let keys = [WorkspaceKey::One(number), WorkspaceKey::All];
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
    let claims = &active.token.claims;
    let names: Vec<&str> = roles.iter().map(crate::domain::role::RoleName::as_str).collect();
    Answer::Pass(Identity {
        subject: claims.sub.clone(),
        client: claims.client_id.to_string(),
        space: claims.space.to_string(),
        scope: description.scope,
        roles: names.join(" "),
        permissions: permissions.join(" "),
    })
}
