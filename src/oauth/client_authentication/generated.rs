//! Clients with a secret that was generated here. It costs one keyed hash to check, so it is checked always and at once.

use std::{str::FromStr, sync::Arc};

use super::{AuthenticatedApplication, AuthenticatedKey, Client, check_may_call};
use crate::{
    crypto::{
        key_ring::KeyRing,
        secret_text::{PresentedSecret, SecretKind},
    },
    domain::{
        denial::Denial,
        ids::{ApiKeyId, ApplicationId, ResourceServerId},
        imported_client::ImportedClientId,
        key_pair::{KeyPair, PairOwner, PublicId},
        party::Party,
        resource_server::ResourceServerState,
    },
    live::{Interrupted, View, composed::ComposedStanding},
    oauth::not_authenticated::{NotAuthenticated, not_ours, without_pair},
};

enum Named {
    ApiKey(ApiKeyId),
    ResourceServer(ResourceServerId),
    Application(ApplicationId),
}

/// The client that this identifier and this secret are of, if it may act.
pub(in crate::oauth) async fn recognize(
    view: &View<'_>,
    id: &str,
    secret: &str,
) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
    let Ok(secret) = PresentedSecret::parse(secret) else { return Ok(Err(not_ours(view, id))) };
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
    if let Ok(public_id) = PublicId::from_str(id) {
        let owner = if public_id == secret.public_id() { view.pair_owner(public_id).await? } else { None };
        return Ok(owner.map(|owner| match owner {
            PairOwner::ApiKey(id) => Named::ApiKey(id),
            PairOwner::ResourceServer(id) => Named::ResourceServer(id),
            PairOwner::Application(id) => Named::Application(id),
        }));
    }
    // A client that was imported keeps its id when it gets a generated secret.
    match ImportedClientId::from_str(id) {
        Ok(id) if view.site().await?.has_imported_clients => Ok(view.imported_client(&id).await?.map(Named::ApiKey)),
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
    let Some(pair) = composed.standing.key.pair(secret.public_id()).cloned() else { return Ok(None) };
    if !ring.peppers().verify(secret, &pair.secret) {
        let party = Party::of_key(&composed.standing, Some(pair.public_id));
        return Ok(Some(Err(NotAuthenticated::wrong_secret(Some(party)))));
    }
    Ok(Some(usable_key(view, composed, &pair)))
}

/// A key of which the secret of this pair was presented, if it works.
pub(super) fn usable_key(
    view: &View<'_>,
    composed: Arc<ComposedStanding>,
    pair: &KeyPair,
) -> Result<Client, NotAuthenticated> {
    if let Err(reason) = composed.standing.check_usable(pair, view.moment().now) {
        return Err(NotAuthenticated::unusable(Party::of_key(&composed.standing, Some(pair.public_id)), reason));
    }
    let (pair, pair_expires_at) = (pair.public_id, pair.expires_at);
    Ok(Client::ApiKey(AuthenticatedKey { composed, pair, pair_expires_at }))
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
