//! Grants: what a user lets an application do; and families: the tokens of one login by it.

use super::{
    application::Application,
    audience::Audience,
    ids::{ApplicationId, FamilyId, GrantId, SessionId, UserId},
    sequence::Seq,
    time::Timestamp,
    user_scope::{UserScope, UserScopes},
};

/// A consent as decisions need it. Withdrawn means gone: a new consent is another grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Identifier.
    pub id: GrantId,
    /// Who consented.
    pub user: UserId,
    /// To which application.
    pub application: ApplicationId,
    /// The change of the last consent.
    pub consented_at: Seq,
    /// What it covers.
    pub scopes: Vec<GrantedScope>,
    /// What was asked for and left out.
    pub left_out: UserScopes,
    /// Tokens for which APIs, besides the site's default audience.
    pub resources: Vec<GrantedResource>,
}

/// A scope that a user gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedScope {
    /// The value.
    pub scope: UserScope,
    /// The change from which on: tokens made before do not have it.
    pub since: Seq,
}

/// An API that a user gave access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedResource {
    /// The audience.
    pub audience: Audience,
    /// The change from which on.
    pub since: Seq,
}

/// When an entry of the authorized applications was made and last used (L077).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantUse {
    /// When the user first consented.
    pub created_at: Timestamp,
    /// When the application last got a token.
    pub last_used_at: Option<Timestamp>,
}

/// One authorization: what an application got of one login in one browser. Ended means gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Identifier, `family` of the tokens.
    pub id: FamilyId,
    /// The consent it rests on.
    pub grant: GrantId,
    /// The session in which it was made; none once that is unknown.
    pub session: Option<SessionId>,
    /// What was granted this time.
    pub scopes: UserScopes,
    /// Tokens for which APIs were granted this time.
    pub resources: Vec<Audience>,
    /// When the user proved who he is (`auth_time`).
    pub authenticated_at: Timestamp,
    /// The number of the change at which it was made.
    pub made_at: Seq,
    /// No refresh token of it is taken from then on.
    pub expires_at: Timestamp,
}

impl Grant {
    /// Whether it covers the scope, and did when something was made at `made_at`.
    #[must_use]
    pub fn covers(&self, scope: &UserScope, made_at: Seq) -> bool {
        self.scopes.iter().any(|granted| granted.scope == *scope && granted.since <= made_at)
    }

    /// Whether it covers tokens for this audience, and did when something was made at `made_at`.
    #[must_use]
    pub fn reaches(&self, audience: &str, made_at: Seq) -> bool {
        self.resources.iter().any(|granted| granted.audience.as_str() == audience && granted.since <= made_at)
    }

    /// Whether the user gave this, at whatever time.
    #[must_use]
    pub fn gives(&self, scope: &UserScope) -> bool {
        self.scopes.iter().any(|granted| granted.scope == *scope)
    }

    /// Whether the user has to be asked again: for something new, or because the application may send users elsewhere
    /// than it could when they last consented. What the user left out before, and still may, is not asked for again.
    #[must_use]
    pub fn needs_consent(&self, application: &Application, scopes: &UserScopes, resources: &[Audience]) -> bool {
        let settled =
            |scope: &UserScope| self.gives(scope) || (self.left_out.contains(scope) && !application.requires(scope));
        self.consented_at < application.redirects_since
            || !scopes.iter().all(settled)
            || !resources.iter().all(|asked| self.resources.iter().any(|granted| granted.audience == *asked))
    }
}
