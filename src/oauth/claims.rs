//! The claims of access tokens (RFC 9068 section 2.2, ruling 20): one builder for the token, one type for reading it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    crypto::jwt::RegisteredClaims,
    domain::{
        access_token::{AccessToken, Acts, WorkspaceRoles},
        api_key::{Mode, Owner},
        ids::{ClientId, FamilyId, GrantId, SpaceId, TokenId},
        integration_type::IntegrationType,
        key_pair::PublicId,
        rights::{HeldRole, Place, Standing},
        role::RoleName,
        scope::{RegisteredScope, Scope},
        sequence::Seq,
        text_enum::text_enum,
        time::Timestamp,
        workspace::WorkspaceNumber,
    },
};

/// Bytes that roles by workspace may take; with the other claims a token stays under 4 KiB (JW-06).
pub const WORKSPACES_BUDGET: usize = 3 * 1024;

/// What an access token says. Reading it back refuses whatever is missing, unknown, twice or of another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The one audience.
    pub aud: String,
    /// Whom the token acts for: `usr_…` or `key_…` (ruling 19).
    pub sub: String,
    /// The key or the application.
    pub client_id: ClientId,
    /// Made at, seconds since 1970.
    pub iat: i64,
    /// Valid from.
    pub nbf: i64,
    /// Valid until.
    pub exp: i64,
    /// The token itself.
    pub jti: TokenId,
    /// What it may be used for.
    pub scope: String,
    /// The change log's number at which it was made.
    pub seq: Seq,
    /// The space it speaks of.
    pub space: SpaceId,
    /// Roles in the space itself.
    pub roles: Vec<RoleName>,
    /// Roles by workspace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workspaces: WorkspaceRoles,
    /// The workspaces are left out for their number; introspection names them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub workspaces_omitted: bool,
    /// The key that acts, if one does (ruling 19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyClaims>,
    /// The user's consent, if an application acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The authorization that the token belongs to, if an application acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilyId>,
    /// Public id of the pair that a confidential application presented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<PublicId>,
    /// Whether row-level restrictions of the product apply: to people, never to keys (L115).
    pub rls: bool,
}

/// The key that acts, as its token tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyClaims {
    /// Public id of the pair that was presented.
    pub pair: PublicId,
    /// Whose key it is.
    pub owner: OwnerKind,
    /// What kind of integration it is.
    #[serde(rename = "type")]
    pub integration_type: IntegrationType,
    /// Mask over its roles.
    pub mode: Mode,
}

text_enum! {
    /// Whose key it is.
    OwnerKind {
        /// The space's.
        Space = "space",
        /// A user's.
        User = "user",
    }
}

impl KeyClaims {
    /// Of this key and pair.
    #[must_use]
    pub fn of(standing: &Standing, held: &[HeldRole], pair: PublicId) -> Self {
        let owner = match standing.key.owner {
            Owner::Space => OwnerKind::Space,
            Owner::User { .. } => OwnerKind::User,
        };
        let integrations = held.iter().map(|held| held.role.integration);
        let integration_type = IntegrationType::derive(standing.key.internal, integrations);
        Self { pair, owner, integration_type, mode: standing.key.mode }
    }
}

/// The roles that a token of this scope carries, by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedRoles {
    /// In the space itself.
    pub space: Vec<RoleName>,
    /// By workspace.
    pub workspaces: WorkspaceRoles,
}

impl NamedRoles {
    /// Names the roles that count in the places which the scope leaves; roles of the site are told to Keystead's own API
    /// alone.
    #[must_use]
    pub fn of<'a>(held: impl IntoIterator<Item = &'a HeldRole>, only: Option<WorkspaceNumber>) -> Self {
        let mut named = Self::default();
        for held in held {
            let roles = match held.place.narrowed(only) {
                Some(Place::Space) => &mut named.space,
                Some(Place::Workspace(key)) => named.workspaces.entry(key).or_default(),
                Some(Place::Site) | None => continue,
            };
            if !roles.contains(&held.role.name) {
                roles.push(held.role.name.clone());
            }
        }
        named
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.space.is_empty() && self.workspaces.is_empty()
    }
}

/// `sub` of what a key does: the user it belongs to, or the key itself.
#[must_use]
pub fn subject_of(standing: &Standing) -> String {
    match standing.key.owner {
        Owner::Space => standing.key.id.to_string(),
        Owner::User { id, .. } => id.to_string(),
    }
}

impl AccessTokenClaims {
    /// Who acts with the token; none if the claims contradict each other.
    #[must_use]
    pub fn acts(&self) -> Option<Acts> {
        match (self.client_id, &self.key, self.grant, self.family, self.pair) {
            (ClientId::ApiKey(key), Some(claims), None, None, None) => Some(Acts::Key { key, pair: claims.pair }),
            (ClientId::Application(application), None, Some(grant), Some(family), pair) => {
                Some(Acts::Application { application, pair, grant, family })
            }
            _ => None,
        }
    }

    /// What decisions rest on; none if the claims contradict each other. `registered` are the scopes that resource servers
    /// have. The roles, which can be many, are moved there and not kept twice.
    pub(super) fn take_facts(&mut self, registered: &[RegisteredScope]) -> Option<AccessToken> {
        Some(AccessToken {
            id: self.jti,
            acts: self.acts()?,
            made_at: self.seq,
            expires_at: Timestamp::from_seconds(self.exp),
            scope: Scope::from_claim(&self.scope, registered),
            roles: std::mem::take(&mut self.roles),
            workspaces: std::mem::take(&mut self.workspaces),
            workspaces_omitted: self.workspaces_omitted,
        })
    }

    /// Leaves the workspaces out if they make the token too large; introspection still answers in full.
    #[must_use]
    pub fn within_budget(mut self) -> Self {
        if json_size(&self.workspaces) > WORKSPACES_BUDGET {
            self.workspaces.clear();
            self.workspaces_omitted = true;
        }
        self
    }
}

/// Bytes of `"1001":["viewer","editor"],` and so on, at most: counted, since writing it out would cost each token the same
/// again.
fn json_size(workspaces: &WorkspaceRoles) -> usize {
    let longest_key = "\"9223372036854775807\":[],".len();
    let roles = workspaces.values().flatten().map(|name| name.as_str().len() + "\"\",".len());
    workspaces.len() * longest_key + roles.sum::<usize>()
}

impl RegisteredClaims for AccessTokenClaims {
    fn issuer(&self) -> &str {
        &self.iss
    }

    fn audience(&self) -> &str {
        &self.aud
    }

    fn expires_at(&self) -> i64 {
        self.exp
    }

    fn not_before(&self) -> i64 {
        self.nbf
    }

    fn issued_at(&self) -> i64 {
        self.iat
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
