//! Why a client or what it asks for is denied, in the words that the audit log tells it by. Answers to the client say less.

use super::{rights::Unusable, text_enum::text_enum};

text_enum! {
    /// Why the protocol denies something. The words never change: people and programs search for them.
    Denial {
        /// A client showed nothing that can be checked.
        NoCredentials = "no_credentials",
        /// No client has the id, or the pair, that was shown; or what was shown is none of our secrets by its form, so that
        /// nobody looked for the client.
        UnknownClient = "unknown_client",
        /// The client is there and has another secret.
        WrongSecret = "wrong_secret",
        /// So many wrong secrets came for this client from this network that they are answered 429 (ruling 18).
        TooManyWrongSecrets = "too_many_wrong_secrets",
        /// The key is switched off.
        KeyDisabled = "key_disabled",
        /// The key is revoked.
        KeyRevoked = "key_revoked",
        /// The pair has come to its end.
        PairExpired = "pair_expired",
        /// The space is closed.
        SpaceClosed = "space_closed",
        /// This kind of space has no keys.
        NotSupportedHere = "not_supported_here",
        /// The space switched its keys off.
        KeysDisabled = "keys_disabled",
        /// The owner of the key is disabled.
        OwnerDisabled = "owner_disabled",
        /// Keys of the owner are switched off.
        OwnerKeysDisabled = "owner_keys_disabled",
        /// The owner's password is older than the space allows.
        OwnerPasswordExpired = "owner_password_expired",
        /// The key may not be used from this address (KM-14).
        AddressNotAllowed = "address_not_allowed",
        /// The application or resource server is disabled.
        ClientDisabled = "client_disabled",
        /// The client is of a kind that may not ask this, or not in this way.
        UnauthorizedClient = "unauthorized_client",
        /// The scope is none that the client can have.
        InvalidScope = "invalid_scope",
        /// The key has no role in the workspace that the scope names.
        NoRoleInWorkspace = "no_role_in_workspace",
        /// The resource is none that the client can have a token for.
        InvalidTarget = "invalid_target",
        /// There is no such code or refresh token.
        GrantUnknown = "grant_unknown",
        /// The code or refresh token has expired, or what it rests on was taken away.
        GrantEnded = "grant_ended",
        /// The code or refresh token was used before.
        GrantReused = "grant_reused",
        /// The code or refresh token is another application's.
        GrantOfAnotherClient = "grant_of_another_client",
        /// The code came with another redirect URI or verifier than it was made for.
        GrantMismatch = "grant_mismatch",
        /// The token that a client wants revoked is another's.
        TokenOfAnotherClient = "token_of_another_client",
    }
}

impl From<Unusable> for Denial {
    fn from(reason: Unusable) -> Self {
        match reason {
            Unusable::KeyDisabled => Self::KeyDisabled,
            Unusable::KeyRevoked => Self::KeyRevoked,
            Unusable::PairExpired(_) => Self::PairExpired,
            Unusable::SpaceClosed => Self::SpaceClosed,
            Unusable::NotSupportedHere => Self::NotSupportedHere,
            Unusable::SpaceKeysDisabled => Self::KeysDisabled,
            Unusable::OwnerDisabled => Self::OwnerDisabled,
            Unusable::OwnerKeysDisabled => Self::OwnerKeysDisabled,
            Unusable::OwnerPasswordExpired => Self::OwnerPasswordExpired,
            Unusable::AddressNotAllowed => Self::AddressNotAllowed,
        }
    }
}
