//! What the protocol counts.

use prometheus_client::registry::Registry;

use super::not_authenticated::Trial;
use crate::{
    domain::{denial::Denial, happening::GrantType, text_enum::text_enum},
    metrics::labelled::CounterPer,
};

text_enum! {
    /// Why a client was not let in.
    ClientRefusal {
        /// It showed nothing that can be checked.
        NoCredentials = "no_credentials",
        /// There is no such client, or this is not its secret.
        WrongSecret = "wrong_secret",
        /// The right secret of a client that may not act.
        Unusable = "unusable",
        /// Too many refused secrets before.
        Throttled = "throttled",
        /// So many secrets were being hashed that this one has to come back.
        Busy = "busy",
    }
}

text_enum! {
    /// What a resource server was told.
    Introspected {
        /// It is active.
        Active = "active",
        /// It is not.
        Inactive = "inactive",
    }
}

text_enum! {
    /// What a gateway was told.
    Verified {
        /// Let it pass.
        Pass = "pass",
        /// Nothing was presented.
        NoCredential = "no_credential",
        /// It does not count.
        Inactive = "inactive",
        /// Its key may not be used from there.
        AddressNotAllowed = "address_not_allowed",
        /// It does not reach that far.
        Insufficient = "insufficient",
        /// Too many wrong secrets before.
        Throttled = "throttled",
    }
}

text_enum! {
    /// What a client asked to be revoked.
    Revoked {
        /// An access token.
        AccessToken = "access_token",
        /// A refresh token with its family.
        RefreshToken = "refresh_token",
        /// Nothing that lives.
        Nothing = "nothing",
    }
}

/// The counters of the protocol.
pub(super) struct Counts {
    pub(super) issued: CounterPer<GrantType>,
    pub(super) introspected: CounterPer<Introspected>,
    pub(super) verified: CounterPer<Verified>,
    pub(super) revoked: CounterPer<Revoked>,
    refused: CounterPer<ClientRefusal>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            issued: CounterPer::new("grant"),
            introspected: CounterPer::new("result"),
            verified: CounterPer::new("result"),
            revoked: CounterPer::new("kind"),
            refused: CounterPer::new("reason"),
        }
    }
}

impl Counts {
    pub(super) fn refused(&self, reason: Denial, trial: Trial) {
        self.refused.inc(match (trial, reason) {
            (Trial::Busy, _) => ClientRefusal::Busy,
            (_, Denial::NoCredentials) => ClientRefusal::NoCredentials,
            (_, Denial::UnknownClient | Denial::WrongSecret) => ClientRefusal::WrongSecret,
            (_, Denial::TooManyWrongSecrets) => ClientRefusal::Throttled,
            _ => ClientRefusal::Unusable,
        });
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("keystead_tokens_issued", "Access tokens by grant", self.issued.clone());
        registry.register(
            "keystead_client_authentication_failures",
            "Clients that were not let in, by reason",
            self.refused.clone(),
        );
        registry.register("keystead_introspections", "Introspections by their answer", self.introspected.clone());
        registry.register("keystead_verifications", "Checks of gateways by their answer", self.verified.clone());
        registry.register("keystead_revocations", "Revocations by what was revoked", self.revoked.clone());
    }
}
