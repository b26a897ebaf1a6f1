//! Why a request is refused, in the words of RFC 6749 section 5.2 and its relatives.

use thiserror::Error;

use crate::{
    domain::{denial::Denial, scope::InvalidScope, throttle::Quota},
    store,
};

/// A request that gets no answer of its own.
#[derive(Debug, Error)]
pub enum Error {
    /// The caller's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller's fault in an authorization request.
    #[error("{description}")]
    Request {
        /// The registered code.
        code: &'static str,
        /// What is wrong.
        description: String,
    },
    /// So many secrets are being hashed that this request must come back: 503.
    #[error("too many secrets are being checked at the moment")]
    Busy,
    /// Our own trouble: 503.
    #[error(transparent)]
    Unavailable(#[from] store::Error),
    /// Our own trouble: a token cannot be signed.
    #[error("no access token can be signed: {0}")]
    CannotSign(String),
}

/// What the caller did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A required parameter is missing.
    #[error("The parameter {0} is missing")]
    Missing(&'static str),
    /// The grant is not one of ours.
    #[error("The grant type is not supported")]
    UnsupportedGrantType,
    /// The grant is ours, but not for this client.
    #[error("This client may not use this grant type")]
    UnauthorizedClient,
    /// The client is not who it says, or may not act; which of these is not said (TE-18).
    #[error("Client authentication failed")]
    InvalidClient {
        /// What is left of its tries, if it showed a secret.
        tries: Option<Quota>,
    },
    /// Too many wrong secrets for this client from this network (TE-17).
    #[error("Too many wrong secrets for this client from this network; a right one still works")]
    TooManyWrongSecrets(Quota),
    /// The same for secrets that were not generated here: also a right one has to wait (ruling 18).
    #[error("Too many wrong secrets for this client or from this network; wait before the next try")]
    MustWait(Quota),
    /// The scope cannot be granted.
    #[error("The scope cannot be granted: {0}")]
    Scope(InvalidScope),
    /// The workspace that the scope names is none in which the key has a role.
    #[error("The key has no role in the workspace that the scope names")]
    NoRoleInWorkspace,
    /// The resource is no audience of this site.
    #[error("The resource is unknown here")]
    UnknownResource,
    /// More than one resource: a token has one audience.
    #[error("More than one resource was named; ask for one token each")]
    SeveralResources,
    /// A code or refresh token that does not count. Why not is told to the audit log alone.
    #[error("The code or refresh token is not valid, or not for this client")]
    InvalidGrant(InvalidGrant),
    /// The token to be revoked belongs to another client (ruling 6).
    #[error("The token was issued to another client")]
    ForeignToken,
}

impl Refusal {
    /// The registered error code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing(_) => "invalid_request",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidClient { .. } | Self::TooManyWrongSecrets(_) | Self::MustWait(_) => "invalid_client",
            Self::Scope(_) | Self::NoRoleInWorkspace => "invalid_scope",
            Self::UnknownResource | Self::SeveralResources => "invalid_target",
            Self::ForeignToken | Self::InvalidGrant(_) => "invalid_grant",
        }
    }
    /// What the audit log says of it; none for what is malformed and for clients that were not let in, which are noted where
    /// that is decided.
    pub(super) const fn denial(self) -> Option<Denial> {
        Some(match self {
            Self::Missing(_)
            | Self::UnsupportedGrantType
            | Self::InvalidClient { .. }
            | Self::TooManyWrongSecrets(_)
            | Self::MustWait(_) => return None,
            Self::UnauthorizedClient => Denial::UnauthorizedClient,
            Self::Scope(_) => Denial::InvalidScope,
            Self::NoRoleInWorkspace => Denial::NoRoleInWorkspace,
            Self::UnknownResource | Self::SeveralResources => Denial::InvalidTarget,
            Self::InvalidGrant(InvalidGrant::Unknown) => Denial::GrantUnknown,
            Self::InvalidGrant(InvalidGrant::Ended) => Denial::GrantEnded,
            Self::InvalidGrant(InvalidGrant::Reused) => Denial::GrantReused,
            Self::InvalidGrant(InvalidGrant::OfAnotherClient) => Denial::GrantOfAnotherClient,
            Self::InvalidGrant(InvalidGrant::Mismatch) => Denial::GrantMismatch,
            Self::ForeignToken => Denial::TokenOfAnotherClient,
        })
    }
}

/// Why a code or refresh token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidGrant {
    /// There is no such one.
    Unknown,
    /// It has expired, or what it rests on was taken away.
    Ended,
    /// It was used before.
    Reused,
    /// It is another application's.
    OfAnotherClient,
    /// It came with another redirect URI or verifier than it was made for.
    Mismatch,
}

impl From<InvalidGrant> for Refusal {
    fn from(reason: InvalidGrant) -> Self {
        Self::InvalidGrant(reason)
    }
}
