//! What is said of a bearer: in introspection as it is, to gateways in parts.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;

use super::{
    bearer::Bearer,
    claims::{AccessTokenClaims, KeyClaims, NamedRoles, subject_of},
};
use crate::domain::{
    access_token::{Acts, Basis, WorkspaceRoles},
    ids::{ClientId, FamilyId, GrantId, SpaceId, TokenId},
    rights::{HeldRole, Place, Through},
    role::RoleName,
    scope::Scope,
    sequence::Seq,
    time::Timestamp,
    workspace::WorkspaceKey,
};

/// What is said of an active token or a key that works.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    active: bool,
    /// What it may be used for now.
    pub scope: String,
    /// The key or the application.
    pub client_id: ClientId,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// Whom it acts for.
    pub sub: Cow<'a, str>,
    #[serde(flatten)]
    issued: Option<Issued<'a>>,
    /// The space it speaks of.
    pub space: SpaceId,
    /// Roles in the space itself.
    pub roles: Vec<RoleName>,
    /// Roles by workspace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub workspaces: WorkspaceRoles,
    /// What the roles permit now.
    pub permissions: Permissions,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyClaims>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<GrantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<FamilyId>,
    /// To people, never to keys (L115).
    rls: bool,
}

/// What only a token has, since it was made at one time for one audience.
#[derive(Debug, Serialize)]
struct Issued<'a> {
    iat: i64,
    nbf: i64,
    aud: &'a str,
    iss: &'a str,
    jti: TokenId,
    seq: Seq,
}

/// Permissions that come through the scope, by place.
#[derive(Debug, Default, Serialize)]
pub struct Permissions {
    /// In the space itself.
    pub space: Vec<String>,
    /// By workspace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub workspaces: BTreeMap<WorkspaceKey, Vec<String>>,
}

impl Bearer {
    /// What is said of it.
    #[must_use]
    pub fn describe(&self) -> Description<'_> {
        let (basis, scope, held) = (self.basis(), self.scope(), self.counting_roles());
        let NamedRoles { space: roles, workspaces } = NamedRoles::of(&*held, scope.workspace);
        let (token_type, exp, sub, issued) = match self {
            Self::Token(active) => {
                let claims = &active.token.claims;
                ("Bearer", Some(claims.exp), Cow::Borrowed(claims.sub.as_str()), Some(Issued::of(claims)))
            }
            Self::ApiKey(key) => {
                let end = key.pair_expires_at.map(Timestamp::as_seconds);
                ("api_key", end, Cow::Owned(subject_of(&key.composed.standing)), None)
            }
        };
        let (key, grant, family) = match (self.acts(), basis) {
            (Acts::Key { pair, .. }, Basis::Key(standing)) => {
                (Some(KeyClaims::of(standing, self.held_roles(), pair)), None, None)
            }
            (Acts::Application { grant, family, .. }, _) => (None, Some(grant), Some(family)),
            (Acts::Key { .. }, Basis::Grant(..)) => (None, None, None),
        };
        Description {
            active: true,
            scope: scope.to_string(),
            client_id: self.acts().client(),
            token_type,
            exp,
            sub,
            issued,
            space: basis.space(),
            roles,
            workspaces,
            permissions: Permissions::of(&held, &scope, basis.through()),
            rls: key.is_none(),
            key,
            grant,
            family,
        }
    }
}

impl<'a> Issued<'a> {
    fn of(claims: &'a AccessTokenClaims) -> Self {
        Self { iat: claims.iat, nbf: claims.nbf, aud: &claims.aud, iss: &claims.iss, jti: claims.jti, seq: claims.seq }
    }
}

impl Permissions {
    fn of(held: &[HeldRole], scope: &Scope, through: Through) -> Self {
        let mut permissions = Self::default();
        for held in held {
            let names = match held.place.narrowed(scope.workspace) {
                Some(Place::Space) => &mut permissions.space,
                Some(Place::Workspace(key)) => permissions.workspaces.entry(key).or_default(),
                Some(Place::Site) | None => continue,
            };
            names.extend(held.permissions(scope, through).map(str::to_owned));
        }
        for names in permissions.workspaces.values_mut().chain([&mut permissions.space]) {
            names.sort_unstable();
            names.dedup();
        }
        permissions
    }
}
