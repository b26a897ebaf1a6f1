//! Clients that are not let in: why, for the audit log, and what is counted and answered.

use std::str::FromStr;

use super::{Error, OAuth, Refusal, client_authentication::PresentedClient, wrong_secrets::Wait};
use crate::{
    domain::{
        api_key::KeyStatus,
        denial::Denial,
        happening::Happening,
        ids::{ApiKeyId, ApplicationId, ResourceServerId},
        imported_client::ImportedClientId,
        key_pair::{PairOwner, PublicId},
        party::Party,
        rights::Standing,
        throttle::Quota,
        time::Timestamp,
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
    /// What it was as an attempt.
    pub trial: Trial,
}

/// An attempt with a secret, as far as guessing goes (ruling 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Of a secret that nobody guesses: however many were refused, a right one works.
    Counted,
    /// Of a secret that somebody could guess, which was counted before it was checked.
    Guessed {
        /// Until when the bucket of its client is full.
        full_until: Timestamp,
    },
    /// Of such a secret after too many: nothing was checked.
    Waits(Wait),
    /// Of such a secret while too many others were checked: nothing was checked.
    Busy,
}

impl NotAuthenticated {
    /// Nothing was shown that can be checked.
    pub(super) const NO_CREDENTIALS: Self = Self::nothing_of(None);

    /// The same, where somebody said who it is.
    pub(super) const fn nothing_of(named: Option<Party>) -> Self {
        Self { party: named, reason: Denial::NoCredentials, trial: Trial::Counted }
    }

    /// What was shown belongs to no client.
    pub(super) const UNKNOWN: Self = Self { party: None, reason: Denial::UnknownClient, trial: Trial::Counted };

    /// A known client that may not act.
    pub(super) fn unusable(party: Party, reason: impl Into<Denial>) -> Self {
        Self { party: Some(party), reason: reason.into(), trial: Trial::Counted }
    }

    /// Not the secret of the client that was named.
    pub(super) const fn wrong_secret(named: Option<Party>) -> Self {
        match named {
            Some(_) => Self { party: named, reason: Denial::WrongSecret, trial: Trial::Counted },
            None => Self::UNKNOWN,
        }
    }

    /// Whether it is no secret of the client. Those of a revoked key are destroyed, so nothing that is shown is one of them.
    pub(super) const fn is_guess(self) -> bool {
        matches!(self.reason, Denial::WrongSecret | Denial::UnknownClient | Denial::KeyRevoked)
    }
}

/// Something that is none of our secrets by its form. That costs no read (K7), so a key is named if it is in memory.
pub(super) fn not_ours(view: &View<'_>, id: &str) -> NotAuthenticated {
    match ApiKeyId::from_str(id).ok().and_then(|id| view.standing_in_memory(id)) {
        Some(found) => wrong_secret_of(&found.standing),
        None => NotAuthenticated::UNKNOWN,
    }
}

/// Nothing that the client with this id has to compare with, if there is such a client.
pub(super) async fn without_pair(view: &View<'_>, id: &str) -> Result<NotAuthenticated, Interrupted> {
    let key = match ApiKeyId::from_str(id) {
        Ok(id) => view.standing(id).await?,
        Err(_) => None,
    };
    Ok(match key {
        Some(found) => wrong_secret_of(&found.standing),
        None => NotAuthenticated::wrong_secret(named_party(view, id).await?),
    })
}

fn wrong_secret_of(standing: &Standing) -> NotAuthenticated {
    let party = Party::of_key(standing, None);
    match standing.key.status {
        KeyStatus::Revoked => NotAuthenticated::unusable(party, Denial::KeyRevoked),
        KeyStatus::Active | KeyStatus::Disabled => NotAuthenticated::wrong_secret(Some(party)),
    }
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
    if let Ok(pair) = PublicId::from_str(id) {
        let Some(owner) = view.pair_owner(pair).await? else { return Ok(None) };
        return party_of(view, owner, Some(pair)).await;
    }
    let Ok(id) = ImportedClientId::from_str(id) else { return Ok(None) };
    match view.imported_client(&id).await? {
        Some(key) => party_of(view, PairOwner::ApiKey(key), None).await,
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
        match (refused.trial, self.note_refused_client(presented, refused)) {
            (Trial::Busy, _) => Error::Busy,
            (Trial::Waits(_), Err(quota)) => Refusal::MustWait(quota).into(),
            (_, Err(quota)) => Refusal::TooManyWrongSecrets(quota).into(),
            (_, Ok(tries)) => Refusal::InvalidClient { tries }.into(),
        }
    }

    /// Notes that a client is not let in, and counts a secret that was shown (ruling 18). Answers what is left, if one was.
    ///
    /// # Errors
    /// There were too many for this client from this network; what is left is nothing, for as long as it says.
    pub(super) fn note_refused_client(
        &self,
        presented: PresentedClient<'_>,
        refused: NotAuthenticated,
    ) -> Result<Option<Quota>, Quota> {
        let counted = self.count_refused(presented, refused.trial);
        let reason = if counted.is_ok() { refused.reason } else { Denial::TooManyWrongSecrets };
        self.counts.refused(reason, refused.trial);
        if let Some(Party { actor, .. }) = refused.party {
            tracing::debug!(client = %actor, %reason, "a client is not let in");
        }
        // That we have no time says nothing about the client.
        if refused.trial != Trial::Busy {
            self.note_denial(refused.party, presented.peer, Happening::ClientRefuse(reason), None);
        }
        counted
    }

    /// Counts a refused secret, whatever the reason: who is slowed down must not learn by it that a secret is right (TE-18).
    fn count_refused(&self, presented: PresentedClient<'_>, trial: Trial) -> Result<Option<Quota>, Quota> {
        let Some((id, _)) = presented.credentials else { return Ok(None) };
        let now = self.live.present().now;
        match trial {
            Trial::Counted => self.wrong_secrets.count(id, presented.peer, now).map(Some),
            Trial::Guessed { full_until } => Ok(Some(self.wrong_secrets.left(full_until, now))),
            Trial::Waits(wait) => Err(self.wrong_secrets.exhausted(wait)),
            Trial::Busy => Ok(None),
        }
    }
}
