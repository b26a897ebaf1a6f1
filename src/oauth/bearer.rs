//! Who is behind what a request presents: an access token, or an API key whose secret is a credential by itself (ruling 8).
//! The one place that decides it, for introspection and for gateways.

use std::{borrow::Cow, net::IpAddr};

use super::{
    OAuth,
    active_token::{ActiveToken, find_active},
    client_authentication::{AuthenticatedKey, Client, PresentedClient, generated},
    not_authenticated::NotAuthenticated,
};
use crate::{
    crypto::secret_text::{PresentedSecret, SecretKind},
    domain::{
        access_token::{Acts, Basis},
        denial::Denial,
        party::Party,
        rights::HeldRole,
        scope::Scope,
    },
    live::{Interrupted, View},
};

/// What a request presents.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// An access token, or something that is nothing else.
    Token(&'a str),
    /// An API key.
    ApiKey {
        /// Id of the key or of the pair.
        id: &'a str,
        /// The secret.
        secret: &'a str,
    },
    /// Something that wants to be a secret and is none of an API key: mistyped, cut, or of another kind. Nothing is looked
    /// up for it.
    NoSecret,
}

impl<'a> Credential<'a> {
    /// What a text is that is presented alone. A secret carries the public id of its pair, so it needs no other id (C03).
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        if SecretKind::claimed_by(text).is_none() {
            return Self::Token(text);
        }
        PresentedSecret::parse(text).map_or(Self::NoSecret, |secret| Self::with_id(secret.public_text(), text))
    }

    /// A secret beside the id of its key or pair (L093).
    #[must_use]
    pub fn with_id(id: &'a str, secret: &'a str) -> Self {
        match SecretKind::claimed_by(secret) {
            Some(SecretKind::ApiKey) | None => Self::ApiKey { id, secret },
            Some(_) => Self::NoSecret,
        }
    }

    /// The same as a client that authenticates; none for what is no key.
    pub(super) const fn as_client(&self, peer: Option<IpAddr>) -> PresentedClient<'a> {
        let credentials = match *self {
            Self::ApiKey { id, secret } => Some((id, secret)),
            Self::Token(_) | Self::NoSecret => None,
        };
        PresentedClient { credentials, public_client: None, peer }
    }
}

/// Who may act with what was presented.
pub enum Bearer {
    /// The holder of an active token.
    Token(ActiveToken),
    /// A key that works.
    ApiKey(AuthenticatedKey),
}

/// Why nobody may act with what was presented.
pub(super) enum NoBearer {
    /// The token is not active, whatever the reason (I3); the audit log may know whose it is.
    Token(Option<Party>),
    /// The key is not let in.
    ApiKey(NotAuthenticated),
}

/// Decides who is behind `credential`, for a caller that may ask about such. Imported secrets are no bearer credentials: they
/// say of themselves neither what they are nor whose.
pub(super) async fn find_bearer(
    oauth: &OAuth,
    view: &View<'_>,
    credential: Credential<'_>,
    caller: &Client,
) -> Result<Result<Bearer, NoBearer>, Interrupted> {
    match credential {
        Credential::Token(token) => {
            Ok(find_active(oauth, view, token, caller).await?.map(Bearer::Token).map_err(NoBearer::Token))
        }
        Credential::NoSecret => Ok(Err(NoBearer::ApiKey(NotAuthenticated::UNKNOWN))),
        Credential::ApiKey { id, secret } => Ok(match generated::recognize(view, id, secret).await? {
            Ok(Client::ApiKey(key)) => Ok(Bearer::ApiKey(key)),
            Ok(other) => Err(NoBearer::ApiKey(NotAuthenticated::unusable(other.party(), Denial::UnauthorizedClient))),
            Err(refused) => Err(NoBearer::ApiKey(refused)),
        }),
    }
}

impl Bearer {
    /// Who it is, for the audit log.
    pub(super) fn party(&self) -> Party {
        match self {
            Self::Token(active) => active.party(),
            Self::ApiKey(key) => key.party(),
        }
    }

    /// What it rests on.
    #[must_use]
    pub fn basis(&self) -> Basis<'_> {
        match self {
            Self::Token(active) => active.basis.basis(),
            Self::ApiKey(key) => Basis::Key(&key.composed.standing),
        }
    }

    /// Who acts.
    #[must_use]
    pub fn acts(&self) -> Acts {
        match self {
            Self::Token(active) => active.token.facts.acts,
            Self::ApiKey(key) => Acts::Key { key: key.composed.standing.key.id, pair: key.pair },
        }
    }

    /// The roles that are held, whether they count for it or not.
    #[must_use]
    pub fn held_roles(&self) -> &[HeldRole] {
        match self {
            Self::Token(active) => active.basis.held_roles(),
            Self::ApiKey(key) => &key.composed.held_roles,
        }
    }

    /// What it may be used for now.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Token(active) => active.scope(),
            Self::ApiKey(key) => Scope::allowed_by(key.composed.standing.key.mode),
        }
    }

    /// The roles that count now, by place and name.
    #[must_use]
    pub fn counting_roles(&self) -> Cow<'_, [HeldRole]> {
        match self {
            Self::Token(active) => Cow::Owned(active.counting_roles()),
            Self::ApiKey(key) => Cow::Borrowed(&key.composed.held_roles),
        }
    }
}
