//! Signing keys: algorithms, states and what may follow what.

use super::{ids::SigningKeyId, text_enum::text_enum, time::Timestamp};

text_enum! {
    /// JWS algorithms that Keystead signs with (RFC 7518 section 3.1, RFC 8037 section 3.1).
    SigningAlgorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PKCS1-v1_5 with SHA-256, 3072 bits.
        Rs256 = "RS256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

text_enum! {
    /// Life of a signing key.
    SigningKeyState {
        /// Published, not yet signing, so that everyone can fetch it in time.
        Pending = "pending",
        /// Signs; at most one for each algorithm.
        Active = "active",
        /// Verifies what it signed earlier.
        Passive = "passive",
        /// Its last token has expired; no longer published.
        Retired = "retired",
        /// Stolen or suspected: all its tokens are dead.
        Revoked = "revoked",
    }
}

/// A signing key without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyFacts {
    /// The `kid`.
    pub id: SigningKeyId,
    /// The only algorithm it is used with (RFC 8725 section 3.1).
    pub algorithm: SigningAlgorithm,
    /// Where it stands.
    pub state: SigningKeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it reached its present state.
    pub state_since: Timestamp,
}

impl SigningKeyState {
    /// Whether the key stands in the JWKS.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Pending | Self::Active | Self::Passive)
    }

    /// Whether tokens signed by the key may be active.
    #[must_use]
    pub const fn verifies(self) -> bool {
        matches!(self, Self::Active | Self::Passive)
    }
}
