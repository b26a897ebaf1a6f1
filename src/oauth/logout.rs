//! Logouts that an application asks for (OpenID Connect RP-Initiated Logout 1.0): which application it is, and whether the
//! browser may go back to it. Whether anybody is logged out is decided by the person, on a page.

use std::{str::FromStr, sync::Arc};

use url::form_urlencoded;

use super::{Error, OAuth, id_token::IdTokenClaims};
use crate::{
    crypto::{
        jwt::{self, TokenType},
        key_ring::KeyRing,
    },
    domain::{
        application::{Application, ApplicationState},
        ids::ApplicationId,
    },
};

/// What the application sent along.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogoutRequest<'a> {
    /// An id token that it got, expired or not.
    pub id_token_hint: Option<&'a str>,
    /// Its identifier.
    pub client_id: Option<&'a str>,
    /// Where the browser is to go.
    pub post_logout_redirect_uri: Option<&'a str>,
    /// What it wants to hear there.
    pub state: Option<&'a str>,
}

/// What is known about a logout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Which application asks for it, if one does that is known and active.
    pub application: Option<Arc<Application>>,
    /// Where the browser goes afterwards; none means that it stays here (OC-06).
    pub back: Option<String>,
}

impl OAuth {
    /// Reads a request to log out. Whatever in it does not fit leaves the browser here; nothing is refused, since a person
    /// who wants to log out is not to be kept from it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn leaving(&self, request: LogoutRequest<'_>) -> Result<Leaving, Error> {
        let application = self
            .live
            .decide(async |view| {
                let ring = view.key_ring().await?;
                match self.who_asks(&request, &ring) {
                    Some(id) => view.application(id).await,
                    None => Ok(None),
                }
            })
            .await?;
        let application = application.filter(|application| application.state == ApplicationState::Active);
        let back = application.as_ref().and_then(|application| way_back(application, &request));
        Ok(Leaving { application, back })
    }

    /// The application that the id token was made for, or that names itself; none if these are two, or one is wrong.
    fn who_asks(&self, request: &LogoutRequest<'_>, ring: &KeyRing) -> Option<ApplicationId> {
        let named = request.client_id.map(ApplicationId::from_str).transpose().ok()?;
        let Some(hint) = request.id_token_hint else { return named };
        // An expired one will do: it only says who got it. Its key must still be in use.
        let issuer = self.options().issuer.as_str();
        let verified = jwt::verify::<IdTokenClaims>(hint, TokenType::IdToken, issuer, ring).ok()?;
        let owner = verified.claims.application()?;
        named.is_none_or(|named| named == owner).then_some(owner)
    }
}

/// The URI that was asked for, if it is registered octet by octet, with the state.
fn way_back(application: &Application, request: &LogoutRequest<'_>) -> Option<String> {
    let asked = request.post_logout_redirect_uri?;
    let registered = application.post_logout_redirect_uris.iter().find(|registered| registered.as_str() == asked)?;
    let mut back = registered.as_str().to_owned();
    if let Some(state) = request.state {
        back.push(if back.contains('?') { '&' } else { '?' });
        back.push_str("state=");
        back.extend(form_urlencoded::byte_serialize(state.as_bytes()));
    }
    Some(back)
}
