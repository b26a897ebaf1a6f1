//! Who a client is (RFC 6749 section 2.3.1): the identifier is a client's or a pair's, the secret decides.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use super::{Error, OAuth, Refusal};
use crate::{
    crypto::{
        key_ring::KeyRing,
        secret_text::{PresentedSecret, SecretKind},
    },
    domain::{
        ids::{ApiKeyId, ResourceServerId},
        key_pair::{KeyPair, PublicId},
        resource_server::{ResourceServer, ResourceServerState},
        time::Timestamp,
    },
    live::{Interrupted, View, composed::ComposedStanding},
    store::key_pairs::PairOwner,
};

/// What a client showed, and from where.
#[derive(Clone, Copy)]
pub struct PresentedClient<'a> {
    /// Identifier and secret; none if it showed nothing that can be checked.
    pub credentials: Option<(&'a str, &'a str)>,
    /// Address that the request came from.
    pub peer: Option<IpAddr>,
}

/// A client that proved who it is.
pub enum Client {
    /// An API key that works.
    ApiKey(AuthenticatedKey),
    /// A resource server that may call.
    ResourceServer(Arc<ResourceServer>),
}

/// An API key that proved who it is and works.
pub struct AuthenticatedKey {
    /// The key and all that its rights rest on.
    pub composed: Arc<ComposedStanding>,
    /// The pair that was presented.
    pub pair: PublicId,
    /// When that pair stops working.
    pub pair_expires_at: Option<Timestamp>,
}

/// Why a client is not let in. All look the same from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAuthenticated {
    /// Nothing was shown that can be checked.
    NoCredentials,
    /// No such client, or not this secret.
    WrongSecret,
    /// The right secret of a client that may not act now.
    Unusable,
}

enum ClientId {
    ApiKey(ApiKeyId),
    ResourceServer(ResourceServerId),
}

/// Checks the credentials in this view.
///
/// # Errors
/// [`Interrupted`].
pub async fn authenticate(
    view: &View<'_>,
    presented: PresentedClient<'_>,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let Some((id, secret)) = presented.credentials else { return Ok(Err(NotAuthenticated::NoCredentials)) };
    let Ok(secret) = PresentedSecret::parse(secret) else { return Ok(Err(NotAuthenticated::WrongSecret)) };
    let ring = view.key_ring().await?;
    let client = match find_client(view, id, &secret).await? {
        Some(ClientId::ApiKey(id)) => api_key(view, id, &secret, &ring).await?,
        Some(ClientId::ResourceServer(id)) => resource_server(view, id, &secret, &ring).await?,
        None => None,
    };
    Ok(client.unwrap_or_else(|| {
        ring.peppers().verify_dummy(&secret);
        Err(NotAuthenticated::WrongSecret)
    }))
}

async fn find_client(view: &View<'_>, id: &str, secret: &PresentedSecret<'_>) -> Result<Option<ClientId>, Interrupted> {
    if let Ok(id) = ApiKeyId::from_str(id) {
        return Ok(Some(ClientId::ApiKey(id)));
    }
    if let Ok(id) = ResourceServerId::from_str(id) {
        return Ok(Some(ClientId::ResourceServer(id)));
    }
    match PublicId::from_str(id) {
        Ok(public_id) if public_id == secret.public_id() => {
            Ok(view.pair_owner(public_id).await?.map(|owner| match owner {
                PairOwner::ApiKey(id) => ClientId::ApiKey(id),
                PairOwner::ResourceServer(id) => ClientId::ResourceServer(id),
            }))
        }
        _ => Ok(None),
    }
}

type Checked = Option<Result<Client, NotAuthenticated>>;

async fn api_key(
    view: &View<'_>,
    id: ApiKeyId,
    secret: &PresentedSecret<'_>,
    ring: &KeyRing,
) -> Result<Checked, Interrupted> {
    if secret.kind() != SecretKind::ApiKey {
        return Ok(None);
    }
    let Some(composed) = view.standing(id).await? else { return Ok(None) };
    let Some(pair) = composed.standing.key.pair(secret.public_id()) else { return Ok(None) };
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::WrongSecret)));
    }
    if let Err(reason) = composed.standing.check_usable(pair, view.moment().now) {
        tracing::debug!(key = %id, %reason, "a key that does not work was presented");
        return Ok(Some(Err(NotAuthenticated::Unusable)));
    }
    let (pair, pair_expires_at) = (pair.public_id, pair.expires_at);
    Ok(Some(Ok(Client::ApiKey(AuthenticatedKey { composed, pair, pair_expires_at }))))
}

async fn resource_server(
    view: &View<'_>,
    id: ResourceServerId,
    secret: &PresentedSecret<'_>,
    ring: &KeyRing,
) -> Result<Checked, Interrupted> {
    if secret.kind() != SecretKind::ClientSecret {
        return Ok(None);
    }
    let Some(server) = view.resource_server(id).await? else { return Ok(None) };
    let matching = |pair: &&KeyPair| pair.public_id == secret.public_id();
    let Some(pair) = server.pairs.iter().find(matching) else { return Ok(None) };
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::WrongSecret)));
    }
    let usable = server.state == ResourceServerState::Active && !pair.is_expired(view.moment().now);
    Ok(Some(if usable { Ok(Client::ResourceServer(server)) } else { Err(NotAuthenticated::Unusable) }))
}

impl OAuth {
    /// What to answer a client that is not let in. Called once for each request.
    pub(super) fn refuse_client(&self, presented: PresentedClient<'_>, reason: NotAuthenticated) -> Error {
        match self.count_if_wrong(presented, reason) {
            Ok(()) => Refusal::InvalidClient.into(),
            Err(retry_after) => Refusal::TooManyWrongSecrets { retry_after }.into(),
        }
    }

    /// Counts wrong secrets (ruling 18).
    ///
    /// # Errors
    /// There were too many for this client from this network; the value says for how many seconds.
    pub(super) fn count_if_wrong(&self, presented: PresentedClient<'_>, reason: NotAuthenticated) -> Result<(), u32> {
        match (reason, presented.credentials) {
            (NotAuthenticated::WrongSecret, Some((id, _))) => {
                self.wrong_secrets.count(id, presented.peer, self.live.present().now)
            }
            _ => Ok(()),
        }
    }
}
