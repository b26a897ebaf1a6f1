//! Clients that are not let in: why, for the audit log, and what is counted and answered.

use std::str::FromStr;

use super::{Error, OAuth, Refusal, client_authentication::PresentedClient};
use crate::{
    domain::{
        api_key::KeyStatus,
        denial::Denial,
        happening::Happening,
        ids::{ApiKeyId, ApplicationId, ResourceServerId},
        key_pair::{PairOwner, PublicId},
        party::Party,
    },
    live::{Interrupted, View},
};

/// A client that is not let in. All look the same from outside; the audit log tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAuthenticated {
    /// Who it is, or says to be; none if there is no such client.
    pub party: Option<Party>,
    /// Why it is not let in.
    pub reason: Denial,
}

impl NotAuthenticated {
    /// Nothing was shown that can be checked.
    pub(super) const NO_CREDENTIALS: Self = Self::nothing_of(None);

    /// The same, where somebody said who it is.
    pub(super) const fn nothing_of(named: Option<Party>) -> Self {
        Self { party: named, reason: Denial::NoCredentials }
    }

    /// What was shown belongs to no client.
    pub(super) const UNKNOWN: Self = Self { party: None, reason: Denial::UnknownClient };

    /// A known client that may not act.
    pub(super) fn unusable(party: Party, reason: impl Into<Denial>) -> Self {
        Self { party: Some(party), reason: reason.into() }
    }

    /// Not the secret of the client that was named.
    pub(super) const fn wrong_secret(named: Option<Party>) -> Self {
        match named {
            Some(_) => Self { party: named, reason: Denial::WrongSecret },
            None => Self::UNKNOWN,
        }
    }

    /// Whether somebody may be guessing. The secrets of a revoked key are destroyed, so nothing that is shown is one of them.
    const fn is_guess(self) -> bool {
        matches!(self.reason, Denial::WrongSecret | Denial::UnknownClient | Denial::KeyRevoked)
    }
}

/// Nothing that the client with this id has to compare with, if there is such a client.
pub(super) async fn without_pair(view: &View<'_>, id: &str) -> Result<NotAuthenticated, Interrupted> {
    let key = match ApiKeyId::from_str(id) {
        Ok(id) => view.standing(id).await?,
        Err(_) => None,
    };
    Ok(match key {
        Some(found) if found.standing.key.status == KeyStatus::Revoked => {
            NotAuthenticated::unusable(Party::of_key(&found.standing, None), Denial::KeyRevoked)
        }
        _ => NotAuthenticated::wrong_secret(named_party(view, id).await?),
    })
}

/// The client that this id belongs to, or that has the pair with this public id, whoever uses it.
pub(super) async fn named_party(view: &View<'_>, id: &str) -> Result<Option<Party>, Interrupted> {
    if let Ok(id) = ApiKeyId::from_str(id) {
        return party_of(view, PairOwner::ApiKey(id), None).await;
    }
    if let Ok(id) = ResourceServerId::from_str(id) {
        return party_of(view, PairOwner::ResourceServer(id), None).await;
    }
    if let Ok(id) = ApplicationId::from_str(id) {
        return party_of(view, PairOwner::Application(id), None).await;
    }
    let Ok(pair) = PublicId::from_str(id) else { return Ok(None) };
    match view.pair_owner(pair).await? {
        Some(owner) => party_of(view, owner, Some(pair)).await,
        None => Ok(None),
    }
}

async fn party_of(view: &View<'_>, client: PairOwner, pair: Option<PublicId>) -> Result<Option<Party>, Interrupted> {
    Ok(match client {
        PairOwner::ApiKey(id) => view.standing(id).await?.map(|found| Party::of_key(&found.standing, pair)),
        PairOwner::ResourceServer(id) => {
            view.resource_server(id).await?.map(|found| Party::of_resource_server(&found, pair))
        }
        PairOwner::Application(id) => view.application(id).await?.map(|found| Party::of_application(&found, pair)),
    })
}

impl OAuth {
    /// What to answer a client that is not let in. Called once for each request.
    pub(super) fn refuse_client(&self, presented: PresentedClient<'_>, refused: NotAuthenticated) -> Error {
        match self.note_refused_client(presented, refused) {
            Ok(()) => Refusal::InvalidClient.into(),
            Err(retry_after) => Refusal::TooManyWrongSecrets { retry_after }.into(),
        }
    }

    /// Notes that a client is not let in, and counts wrong secrets (ruling 18).
    ///
    /// # Errors
    /// There were too many for this client from this network; the value says for how many seconds.
    pub(super) fn note_refused_client(
        &self,
        presented: PresentedClient<'_>,
        refused: NotAuthenticated,
    ) -> Result<(), u32> {
        let counted = match presented.credentials {
            Some((id, _)) if refused.is_guess() => {
                self.wrong_secrets.count(id, presented.peer, self.live.present().now)
            }
            _ => Ok(()),
        };
        let reason = if counted.is_ok() { refused.reason } else { Denial::TooManyWrongSecrets };
        self.note_denial(refused.party, presented.peer, Happening::ClientRefuse(reason), None);
        counted
    }
}
