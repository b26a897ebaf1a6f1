//! Who a client is (RFC 6749 section 2.3.1): the identifier is a client's or a pair's, or one that a key brought along from
//! another system; the secret decides.

pub(in crate::oauth) mod generated;
mod imported;

use std::{net::IpAddr, str::FromStr, sync::Arc};

use super::{
    OAuth,
    not_authenticated::{NotAuthenticated, named_party},
};
use crate::{
    crypto::secret_text::PresentedSecret,
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        denial::Denial,
        ids::{ApplicationId, ClientId},
        key_pair::PublicId,
        party::Party,
        resource_server::ResourceServer,
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

impl PresentedClient<'_> {
    /// The pair whose secret is shown, right or wrong.
    #[must_use]
    pub fn pair(&self) -> Option<PublicId> {
        let (_, secret) = self.credentials?;
        PresentedSecret::parse(secret).ok().map(|secret| secret.public_id())
    }
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

    fn if_allowed_from(self, peer: Option<IpAddr>) -> Result<Self, NotAuthenticated> {
        match &self {
            Self::ApiKey(key) => match key.composed.standing.check_address(peer) {
                Ok(()) => Ok(self),
                Err(reason) => Err(NotAuthenticated::unusable(key.party(), reason)),
            },
            Self::ResourceServer(_) | Self::Application(_) => Ok(self),
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

impl OAuth {
    /// Checks the credentials in this view.
    ///
    /// # Errors
    /// [`Interrupted`].
    pub async fn authenticate(
        &self,
        view: &View<'_>,
        presented: PresentedClient<'_>,
    ) -> Result<Result<Client, NotAuthenticated>, Interrupted> {
        let Some((id, secret)) = presented.credentials else { return public_application(view, presented).await };
        let client = match generated::recognize(view, id, secret).await? {
            Err(refused) if refused.is_guess() => {
                imported::recognize(self, view, (id, secret), presented.peer, refused).await?
            }
            recognized => recognized,
        };
        Ok(client.and_then(|client| client.if_allowed_from(presented.peer)))
    }
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
