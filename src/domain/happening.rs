//! What is noted besides changes, in the words of the audit log: what was used, and what was denied and why.

use serde_json::{Value, json};

use super::{denial::Denial, text_enum::text_enum};

text_enum! {
    /// How an access token was got.
    GrantType {
        /// An API key logged in.
        ClientCredentials = "client_credentials",
        /// An application exchanged a code.
        AuthorizationCode = "authorization_code",
        /// An application used a refresh token.
        RefreshToken = "refresh_token",
    }
}

text_enum! {
    /// Who let an API key in that was presented by itself.
    PresentedTo {
        /// A resource server that introspected it.
        Introspection = "introspection",
        /// A gateway.
        Gateway = "gateway",
    }
}

text_enum! {
    /// What is noted, as the audit log calls it.
    NotedAction {
        /// An access token was issued.
        TokenIssue = "token.issue",
        /// An API key was presented by itself and let in.
        KeyPairUse = "key_pair.use",
        /// A client was not let in.
        ClientRefuse = "client.refuse",
        /// A request was denied to a client that was let in, or to the holder of a token.
        RequestRefuse = "request.refuse",
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// An access token was issued.
    TokenIssue(GrantType),
    /// An API key was presented by itself and let in.
    KeyPairUse(PresentedTo),
    /// A client was not let in.
    ClientRefuse(Denial),
    /// A request was denied.
    RequestRefuse {
        /// The endpoint, or the operation of the API.
        operation: &'static str,
        /// Why: the word of a [`Denial`], or the code of the answer.
        reason: &'static str,
    },
}

impl Happening {
    /// What the audit log calls it.
    #[must_use]
    pub const fn action(self) -> NotedAction {
        match self {
            Self::TokenIssue(_) => NotedAction::TokenIssue,
            Self::KeyPairUse(_) => NotedAction::KeyPairUse,
            Self::ClientRefuse(_) => NotedAction::ClientRefuse,
            Self::RequestRefuse { .. } => NotedAction::RequestRefuse,
        }
    }

    /// Whether something was used, and not denied.
    #[must_use]
    pub const fn is_use(self) -> bool {
        matches!(self, Self::TokenIssue(_) | Self::KeyPairUse(_))
    }

    /// What the audit log says of it besides.
    #[must_use]
    pub fn detail(self) -> Value {
        match self {
            Self::TokenIssue(grant_type) => json!({ "grant_type": grant_type }),
            Self::KeyPairUse(presented_to) => json!({ "presented_to": presented_to }),
            Self::ClientRefuse(reason) => json!({ "reason": reason }),
            Self::RequestRefuse { operation, reason } => json!({ "reason": reason, "operation": operation }),
        }
    }
}
