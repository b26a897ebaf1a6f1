//! What a request to a protected resource presents to be let in: the shape only, no decision about it.

use std::str::FromStr;

use actix_web::http::header::HeaderMap;

use super::credentials::{BasicCredentials, BearerError, b64token, basic_credentials, bearer_token};
use crate::{crypto::secret_text::SecretKind, domain::ids::ApiKeyId, oauth::bearer::Credential};

/// One credential, in one of its forms on the wire (C03).
pub enum Shown<'r> {
    /// A token or a secret, alone.
    Alone(&'r str),
    /// A secret as user name without a password, or as password of the id of its key or pair.
    Basic(BasicCredentials),
}

impl<'r> Shown<'r> {
    /// Looks into `Authorization` and the headers that the site names for API keys. A user name with a password that
    /// belongs to no key is passed over: it is never tried, neither alone nor beside a key (L065). A header without a value
    /// is none.
    ///
    /// # Errors
    /// [`BearerError`] if there is more than one credential, or one that has not the form of any, or one in `query`, the
    /// undecoded query of the request.
    pub fn collect(headers: &'r HeaderMap, query: &str, named: &[String]) -> Result<Option<Self>, BearerError> {
        let mut shown = match bearer_token(headers, query)? {
            Some(token) => Some(Self::Alone(token)),
            None => basic_credentials(headers).filter(is_key).map(Self::Basic),
        };
        for value in named.iter().flat_map(|name| headers.get_all(name.as_str())) {
            let value = value.as_bytes().trim_ascii();
            if !value.is_empty() && shown.replace(Self::Alone(b64token(value)?)).is_some() {
                return Err(BearerError::SeveralCredentials);
            }
        }
        Ok(shown)
    }

    /// What it is.
    #[must_use]
    pub fn credential(&self) -> Credential<'_> {
        match self {
            Self::Alone(text) => Credential::of(text),
            Self::Basic(basic) if basic.secret().is_empty() => Credential::of(basic.id()),
            Self::Basic(basic) => Credential::with_id(basic.id(), basic.secret()),
        }
    }
}

/// Whether the halves speak of a key, right or wrong, and not of a person.
fn is_key(basic: &BasicCredentials) -> bool {
    let is_secret = |text: &str| SecretKind::claimed_by(text).is_some();
    is_secret(basic.id()) || is_secret(basic.secret()) || ApiKeyId::from_str(basic.id()).is_ok()
}
