//! Who a client is (RFC 6749 section 2.3.1): the identifier is a client's or a pair's, the secret decides.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use super::{Error, OAuth, Refusal};
use crate::{
    crypto::{
        key_ring::KeyRing,
        secret_text::{PresentedSecret, SecretKind},
    },
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        ids::{ApiKeyId, ApplicationId, ClientId, ResourceServerId},
        key_pair::{KeyPair, PublicId},
        resource_server::{ResourceServer, ResourceServerState},
        space::SpaceState,
        throttle::Quota,
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
    /// Identifier without anything that proves it, as public applications send it.
    pub public_client: Option<&'a str>,
    /// Address that the request came from.
    pub peer: Option<IpAddr>,
}

/// A client that proved who it is.
pub enum Client {
    /// An API key that works.
    ApiKey(AuthenticatedKey),
    /// A resource server that may call.
    ResourceServer(Arc<ResourceServer>),
    /// An application that may call.
    Application(AuthenticatedApplication),
}

impl Client {
    /// To whom tokens are issued that are its own; resource servers get none.
    #[must_use]
    pub fn id(&self) -> Option<ClientId> {
        match self {
            Self::ApiKey(key) => Some(ClientId::ApiKey(key.composed.standing.key.id)),
            Self::Application(caller) => Some(ClientId::Application(caller.application.id)),
            Self::ResourceServer(_) => None,
        }
    }
}

/// An application that proved who it is, or that has nothing to prove it with.
pub struct AuthenticatedApplication {
    /// The application.
    pub application: Arc<Application>,
    /// The pair that was presented; none if the application is public.
    pub pair: Option<PublicId>,
    /// When that pair stops working.
    pub pair_expires_at: Option<Timestamp>,
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

enum Named {
    ApiKey(ApiKeyId),
    ResourceServer(ResourceServerId),
    Application(ApplicationId),
}

/// Checks the credentials in this view.
///
/// # Errors
/// [`Interrupted`].
pub async fn authenticate(
    view: &View<'_>,
    presented: PresentedClient<'_>,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let Some((id, secret)) = presented.credentials else { return public_application(view, presented).await };
    let Ok(secret) = PresentedSecret::parse(secret) else { return Ok(Err(NotAuthenticated::WrongSecret)) };
    let ring = view.key_ring().await?;
    let client = match find_client(view, id, &secret).await? {
        Some(Named::ApiKey(id)) => api_key(view, id, &secret, &ring).await?,
        Some(Named::ResourceServer(id)) => resource_server(view, id, &secret, &ring).await?,
        Some(Named::Application(id)) => application(view, id, &secret, &ring).await?,
        None => None,
    };
    Ok(client.unwrap_or_else(|| {
        ring.peppers().verify_dummy(&secret);
        Err(NotAuthenticated::WrongSecret)
    }))
}

async fn find_client(view: &View<'_>, id: &str, secret: &PresentedSecret<'_>) -> Result<Option<Named>, Interrupted> {
    if let Ok(id) = ApiKeyId::from_str(id) {
        return Ok(Some(Named::ApiKey(id)));
    }
    if let Ok(id) = ResourceServerId::from_str(id) {
        return Ok(Some(Named::ResourceServer(id)));
    }
    if let Ok(id) = ApplicationId::from_str(id) {
        return Ok(Some(Named::Application(id)));
    }
    match PublicId::from_str(id) {
        Ok(public_id) if public_id == secret.public_id() => {
            Ok(view.pair_owner(public_id).await?.map(|owner| match owner {
                PairOwner::ApiKey(id) => Named::ApiKey(id),
                PairOwner::ResourceServer(id) => Named::ResourceServer(id),
                PairOwner::Application(id) => Named::Application(id),
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

async fn application(
    view: &View<'_>,
    id: ApplicationId,
    secret: &PresentedSecret<'_>,
    ring: &KeyRing,
) -> Result<Checked, Interrupted> {
    if secret.kind() != SecretKind::ClientSecret {
        return Ok(None);
    }
    let Some(application) = view.application(id).await? else { return Ok(None) };
    let Some(pair) = application.pair(secret.public_id()) else { return Ok(None) };
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::WrongSecret)));
    }
    let (pair, pair_expires_at) = (pair.public_id, pair.expires_at);
    let expired = pair_expires_at.is_some_and(|end| end <= view.moment().now);
    if expired || !may_call(view, &application).await? {
        return Ok(Some(Err(NotAuthenticated::Unusable)));
    }
    Ok(Some(Ok(Client::Application(AuthenticatedApplication { application, pair: Some(pair), pair_expires_at }))))
}

/// A public application says who it is and cannot prove it: what it presents besides has to (RFC 6749 section 3.2.1).
async fn public_application(
    view: &View<'_>,
    presented: PresentedClient<'_>,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let id = presented.public_client.and_then(|id| ApplicationId::from_str(id).ok());
    let Some(id) = id else { return Ok(Err(NotAuthenticated::NoCredentials)) };
    let found = view.application(id).await?.filter(|found| found.kind == ApplicationKind::Public);
    let Some(application) = found else { return Ok(Err(NotAuthenticated::NoCredentials)) };
    if !may_call(view, &application).await? {
        return Ok(Err(NotAuthenticated::Unusable));
    }
    Ok(Ok(Client::Application(AuthenticatedApplication { application, pair: None, pair_expires_at: None })))
}

async fn may_call(view: &View<'_>, application: &Application) -> Result<bool, Interrupted> {
    let space = view.space(application.space).await?.ok_or(Interrupted::Moved)?;
    Ok(application.state == ApplicationState::Active && space.state == SpaceState::Open)
}

impl OAuth {
    /// What to answer a client that is not let in. Called once for each request.
    pub(super) fn refuse_client(&self, presented: PresentedClient<'_>, reason: NotAuthenticated) -> Error {
        let counted = self.count_refused(presented);
        self.counts.refused(reason, counted.is_err());
        match counted {
            Ok(tries) => Refusal::InvalidClient { tries }.into(),
            Err(quota) => Refusal::TooManyWrongSecrets(quota).into(),
        }
    }

    /// Counts a refused secret, whatever the reason: who is slowed down must not learn by it that a secret is right (TE-18).
    /// Answers what is left, if a secret was shown.
    ///
    /// # Errors
    /// There were too many for this client from this network (ruling 18).
    pub(super) fn count_refused(&self, presented: PresentedClient<'_>) -> Result<Option<Quota>, Quota> {
        let shown = presented.credentials;
        shown.map(|(id, _)| self.wrong_secrets.count(id, presented.peer, self.live.present().now)).transpose()
    }
}
