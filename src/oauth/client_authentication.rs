//! Who a client is (RFC 6749 section 2.3.1): the identifier is a client's or a pair's, the secret decides.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use super::not_authenticated::{NotAuthenticated, named_party, without_pair};
use crate::{
    crypto::{
        key_ring::KeyRing,
        secret_text::{PresentedSecret, SecretKind},
    },
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        denial::Denial,
        ids::{ApiKeyId, ApplicationId, ClientId, ResourceServerId},
        key_pair::{KeyPair, PairOwner, PublicId},
        party::Party,
        resource_server::{ResourceServer, ResourceServerState},
        space::SpaceState,
        time::Timestamp,
    },
    live::{Interrupted, View, composed::ComposedStanding},
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

    /// Who it is, for the audit log.
    pub(super) fn party(&self) -> Party {
        match self {
            Self::ApiKey(key) => key.party(),
            Self::Application(caller) => caller.party(),
            Self::ResourceServer(server) => Party::of_resource_server(server, None),
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

impl AuthenticatedApplication {
    /// Who it is, for the audit log.
    pub(super) fn party(&self) -> Party {
        Party::of_application(&self.application, self.pair)
    }
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

impl AuthenticatedKey {
    /// Who it is, for the audit log.
    pub(super) fn party(&self) -> Party {
        Party::of_key(&self.composed.standing, Some(self.pair))
    }
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
    let Ok(secret) = PresentedSecret::parse(secret) else {
        return Ok(Err(without_pair(view, id).await?));
    };
    let ring = view.key_ring().await?;
    let client = match find_client(view, id, &secret).await? {
        Some(Named::ApiKey(id)) => api_key(view, id, &secret, &ring).await?,
        Some(Named::ResourceServer(id)) => resource_server(view, id, &secret, &ring).await?,
        Some(Named::Application(id)) => application(view, id, &secret, &ring).await?,
        None => None,
    };
    if let Some(checked) = client {
        return Ok(checked);
    }
    ring.peppers().verify_dummy(&secret);
    Ok(Err(without_pair(view, id).await?))
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
    let party = || Party::of_key(&composed.standing, Some(pair.public_id));
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::wrong_secret(Some(party())))));
    }
    if let Err(reason) = composed.standing.check_usable(pair, view.moment().now) {
        tracing::debug!(key = %id, %reason, "a key that does not work was presented");
        return Ok(Some(Err(NotAuthenticated::unusable(party(), reason))));
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
    let party = || Party::of_resource_server(&server, Some(pair.public_id));
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::wrong_secret(Some(party())))));
    }
    if pair.is_expired(view.moment().now) {
        return Ok(Some(Err(NotAuthenticated::unusable(party(), Denial::PairExpired))));
    }
    Ok(Some(match server.state {
        ResourceServerState::Active => Ok(Client::ResourceServer(server)),
        ResourceServerState::Disabled => Err(NotAuthenticated::unusable(party(), Denial::ClientDisabled)),
    }))
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
    let party = Party::of_application(&application, Some(pair.public_id));
    if !ring.peppers().verify(secret, &pair.secret) {
        return Ok(Some(Err(NotAuthenticated::wrong_secret(Some(party)))));
    }
    if pair.is_expired(view.moment().now) {
        return Ok(Some(Err(NotAuthenticated::unusable(party, Denial::PairExpired))));
    }
    if let Err(reason) = check_may_call(view, &application).await? {
        return Ok(Some(Err(NotAuthenticated::unusable(party, reason))));
    }
    let (pair, pair_expires_at) = (pair.public_id, pair.expires_at);
    Ok(Some(Ok(Client::Application(AuthenticatedApplication { application, pair: Some(pair), pair_expires_at }))))
}

/// A public application says who it is and cannot prove it: what it presents besides has to (RFC 6749 section 3.2.1).
async fn public_application(
    view: &View<'_>,
    presented: PresentedClient<'_>,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let Some(id) = presented.public_client else { return Ok(Err(NotAuthenticated::NO_CREDENTIALS)) };
    let found = match ApplicationId::from_str(id) {
        Ok(id) => view.application(id).await?.filter(|found| found.kind == ApplicationKind::Public),
        Err(_) => None,
    };
    let Some(application) = found else { return Ok(Err(NotAuthenticated::nothing_of(named_party(view, id).await?))) };
    let party = Party::of_application(&application, None);
    if let Err(reason) = check_may_call(view, &application).await? {
        return Ok(Err(NotAuthenticated::unusable(party, reason)));
    }
    Ok(Ok(Client::Application(AuthenticatedApplication { application, pair: None, pair_expires_at: None })))
}

async fn check_may_call(view: &View<'_>, application: &Application) -> Result<Result<(), Denial>, Interrupted> {
    let space = view.space(application.space).await?.ok_or(Interrupted::Moved)?;
    Ok(match (application.state, space.state) {
        (ApplicationState::Disabled, _) => Err(Denial::ClientDisabled),
        (_, SpaceState::Closed) => Err(Denial::SpaceClosed),
        (ApplicationState::Active, SpaceState::Open) => Ok(()),
    })
}
