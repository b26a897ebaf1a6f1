//! Applications: OAuth clients that show a "Log in with" button.

use super::{
    audience::Audience,
    ids::{ApplicationId, SpaceId, UserId},
    key_pair::{KeyPair, PublicId},
    name::{Description, Name},
    redirect_uri::RedirectUri,
    sequence::Seq,
    signing_key::SigningAlgorithm,
    text_enum::text_enum,
    time::Timestamp,
    user_scope::UserScope,
};

text_enum! {
    /// Whether the application can keep a secret (RFC 6749 section 2.1).
    ApplicationKind {
        /// It runs on a server and authenticates.
        Confidential = "confidential",
        /// It runs on the user's device or in the browser, and has no secret.
        Public = "public",
    }
}

text_enum! {
    /// Whether the application may do anything.
    ApplicationState {
        /// It may.
        Active = "active",
        /// It may not: its tokens are dead, consents stay.
        Disabled = "disabled",
    }
}

/// What decisions need to know of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Identifier; its text form is the OAuth `client_id`.
    pub id: ApplicationId,
    /// The space that registered it.
    pub space: SpaceId,
    /// The user who registered it for himself, if it is not the space's own.
    pub owner: Option<UserId>,
    /// As users see it.
    pub name: Name,
    /// Whether it can keep a secret.
    pub kind: ApplicationKind,
    /// Whether it may do anything.
    pub state: ApplicationState,
    /// Its space vouches for it, so that the space's own users are not asked for consent.
    pub first_party: bool,
    /// Where users may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they logged out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Where it wants to hear that a session ended (OpenID Connect Back-Channel Logout).
    pub backchannel_logout_uri: Option<RedirectUri>,
    /// What it may ask for.
    pub scopes: Vec<AllowedScope>,
    /// The APIs it may ask tokens for, besides the site's default audience.
    pub resources: Vec<AllowedResource>,
    /// Algorithm of its id tokens.
    pub id_token_algorithm: SigningAlgorithm,
    /// Its credentials, at most two; a public application has none.
    pub pairs: Vec<KeyPair>,
    /// Last disabling: tokens made before are dead.
    pub cut_off: Seq,
    /// The last change that let users be sent to a further place: consents from before are asked for again.
    pub redirects_since: Seq,
}

/// A scope that an application may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedScope {
    /// The value.
    pub scope: UserScope,
    /// Whether users can only give it together with the rest.
    pub required: bool,
    /// The change from which on: tokens made before do not have it.
    pub since: Seq,
}

/// An API that an application may ask tokens for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedResource {
    /// The audience.
    pub audience: Audience,
    /// The change from which on: tokens made before are for nobody.
    pub since: Seq,
}

/// What people see of an application, beside what decisions read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationProfile {
    /// What it is for.
    pub description: Description,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Application {
    /// The credential with this public half.
    #[must_use]
    pub fn pair(&self, public_id: PublicId) -> Option<&KeyPair> {
        self.pairs.iter().find(|pair| pair.public_id == public_id)
    }

    /// The registered redirect URI that allows `uri`, compared octet by octet apart from the port of a public
    /// application on loopback (AZ-02, AZ-03, A5).
    #[must_use]
    pub fn redirect_for(&self, uri: &str) -> Option<&RedirectUri> {
        let any_port = self.kind == ApplicationKind::Public;
        self.redirect_uris.iter().find(|registered| registered.allows(uri, any_port))
    }

    /// Whether it may ask for the scope, and might when something was made at `made_at`.
    #[must_use]
    pub fn allows(&self, scope: &UserScope, made_at: Seq) -> bool {
        self.scopes.iter().any(|allowed| allowed.scope == *scope && allowed.since <= made_at)
    }

    /// Whether users cannot leave the scope out.
    #[must_use]
    pub fn requires(&self, scope: &UserScope) -> bool {
        self.scopes.iter().any(|allowed| allowed.scope == *scope && allowed.required)
    }

    /// Whether it may ask for tokens for this audience, and might when something was made at `made_at`.
    #[must_use]
    pub fn reaches(&self, audience: &str, made_at: Seq) -> bool {
        self.resources.iter().any(|allowed| allowed.audience.as_str() == audience && allowed.since <= made_at)
    }

    /// Whether somebody else can pose as it: a public application whose users are not sent to a web site that it owns
    /// must be consented to every time (A24).
    #[must_use]
    pub fn is_unproven_at(&self, uri: &str) -> bool {
        self.kind == ApplicationKind::Public && !uri.starts_with("https://")
    }
}
