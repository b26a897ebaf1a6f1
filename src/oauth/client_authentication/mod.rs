//! Who a client is (RFC 6749 section 2.3.1): the identifier is a client's or a pair's, or one that a key brought along from
//! another system; the secret decides.

pub(in crate::oauth) mod generated;
mod imported;

use std::{net::IpAddr, str::FromStr, sync::Arc};

use super::{Error, OAuth, Refusal};
use crate::{
    domain::{
        application::{Application, ApplicationKind, ApplicationState},
        ids::{ApplicationId, ClientId},
        key_pair::PublicId,
        resource_server::ResourceServer,
        rights::Unusable,
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

    fn if_allowed_from(self, peer: Option<IpAddr>) -> Result<Self, NotAuthenticated> {
        match &self {
            Self::ApiKey(key) => key.composed.standing.check_address(peer).map_err(NotAuthenticated::KeyUnusable)?,
            Self::ResourceServer(_) | Self::Application(_) => {}
        }
        Ok(self)
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
    /// The same for a client that may have been imported, whose secret somebody could guess.
    WrongImportedSecret,
    /// Too many of those; nothing was checked.
    MustWait {
        /// Seconds until it is worth another try.
        retry_after: u32,
    },
    /// So many secrets are being checked that this one must come back; nothing was checked.
    Busy,
    /// The right secret of a key that does not work now, or not from there.
    KeyUnusable(Unusable),
    /// The right secret of another client that may not act now.
    Unusable,
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
            Err(NotAuthenticated::WrongSecret) => imported::recognize(self, view, id, secret, presented.peer).await?,
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
        match reason {
            NotAuthenticated::Busy => return Error::Busy,
            NotAuthenticated::MustWait { retry_after } => return Refusal::MustWait { retry_after }.into(),
            NotAuthenticated::KeyUnusable(reason) => tracing::debug!(%reason, "a key that does not work was presented"),
            _ => {}
        }
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
        let Some((id, _)) = presented.credentials else { return Ok(()) };
        let now = self.live.present().now;
        match reason {
            NotAuthenticated::WrongSecret => self.wrong_secrets.count(id, presented.peer, now),
            NotAuthenticated::WrongImportedSecret => {
                self.wrong_secrets.count_guess(id, presented.peer, now);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
