//! Which credentials a request shows and how: the shape only, no decision about them.

use std::fmt;

use actix_web::http::header::{AUTHORIZATION, AsHeaderName, HeaderMap, HeaderValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use zeroize::Zeroizing;

use super::form::{self, Form};

/// Longest `Authorization` value that is looked at, in bytes (T3).
const MAX_AUTHORIZATION: usize = 10 * 1024;

/// How a client presents itself at an OAuth endpoint (RFC 6749 section 2.3).
pub enum Presented<'a> {
    /// Not at all.
    None,
    /// `Authorization: Basic` (CA-01, CA-02).
    Basic(BasicCredentials),
    /// `client_id` and `client_secret` in the body.
    Body {
        /// The client's identifier.
        id: &'a str,
        /// Its secret.
        secret: &'a str,
    },
    /// `client_id` in the body and nothing that proves it.
    PublicClient {
        /// The client's identifier.
        id: &'a str,
    },
    /// `client_assertion`: answered `invalid_client`, since no client is registered for it (CA-09).
    Assertion,
    /// An `Authorization` header of another scheme: 401 with a Basic challenge (CA-08).
    OtherScheme,
    /// An `Authorization: Basic` header that says nothing readable: 401 with a Basic challenge (T3).
    Malformed,
}

/// Identifier and secret of an `Authorization: Basic` header; wiped from memory when dropped.
pub struct BasicCredentials {
    id: Zeroizing<String>,
    secret: Zeroizing<String>,
}

/// Why credentials are ambiguous: 400 `invalid_request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.description())]
pub enum CredentialsError {
    /// More than one way of authentication in one request (CA-05).
    SeveralMethods,
    /// More than one `Authorization` header.
    SeveralHeaders,
    /// The body names another client than the header (CA-06).
    OtherClient,
    /// A `client_secret` without the `client_id` it belongs to.
    SecretWithoutClient,
}

impl CredentialsError {
    /// What is wrong and what to do, fit for `error_description` (TE-10).
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::SeveralMethods => "The client authenticates in more than one way; use one",
            Self::SeveralHeaders => "There is more than one Authorization header; send one",
            Self::OtherClient => "client_id is not the client of the Authorization header",
            Self::SecretWithoutClient => "client_secret is sent without client_id",
        }
    }
}

impl BasicCredentials {
    /// The client's identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its secret; may be empty.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Reads what stands behind `Basic`: split at the first colon, then each half form-decoded (RFC 6749 section 2.3.1).
    fn read(token: &[u8]) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(token).ok()?);
        let mut halves = decoded.splitn(2, |byte| *byte == b':');
        let id = form::decode(halves.next()?).ok()?.into_owned();
        let secret = form::decode(halves.next()?).ok()?.into_owned();
        (!id.is_empty()).then(|| Self { id: Zeroizing::new(id), secret: Zeroizing::new(secret) })
    }
}

impl<'a> Presented<'a> {
    /// Collects the client credentials of a request.
    ///
    /// # Errors
    /// [`CredentialsError`] if they contradict each other or there is more than one kind.
    pub fn collect(headers: &HeaderMap, form: &'a Form<'_>) -> Result<Self, CredentialsError> {
        let id = form.get("client_id");
        let secret = form.get("client_secret");
        let assertion = form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some();
        let authorization = single_authorization(headers).map_err(|_| CredentialsError::SeveralHeaders)?;

        let Some(authorization) = authorization else {
            return match (id, secret, assertion) {
                (_, Some(_), true) => Err(CredentialsError::SeveralMethods),
                (_, None, true) => Ok(Self::Assertion),
                (Some(id), Some(secret), false) => Ok(Self::Body { id, secret }),
                (None, Some(_), false) => Err(CredentialsError::SecretWithoutClient),
                (Some(id), None, false) => Ok(Self::PublicClient { id }),
                (None, None, false) => Ok(Self::None),
            };
        };
        let (scheme, token) = split_scheme(authorization);
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return Ok(Self::OtherScheme);
        }
        if secret.is_some() || assertion {
            return Err(CredentialsError::SeveralMethods);
        }
        if authorization.len() > MAX_AUTHORIZATION {
            return Ok(Self::Malformed);
        }
        match (BasicCredentials::read(token), id) {
            (None, _) => Ok(Self::Malformed),
            (Some(basic), Some(id)) if basic.id() != id => Err(CredentialsError::OtherClient),
            (Some(basic), _) => Ok(Self::Basic(basic)),
        }
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BasicCredentials").field("id", &self.id.as_str()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Basic(basic) => out.debug_tuple("Basic").field(basic).finish(),
            Self::Body { id, .. } => out.debug_struct("Body").field("id", id).finish_non_exhaustive(),
            Self::PublicClient { id } => out.debug_struct("PublicClient").field("id", id).finish(),
            Self::Assertion => out.write_str("Assertion"),
            Self::OtherScheme => out.write_str("OtherScheme"),
            Self::Malformed => out.write_str("Malformed"),
        }
    }
}

/// Header in which a gateway shows its own credentials, in the form of `Authorization: Basic` (ruling 25).
pub const GATEWAY_HEADER: &str = "x-keystead-gateway";

/// The credentials of a gateway; none if there is not exactly one readable header.
#[must_use]
pub fn gateway_credentials(headers: &HeaderMap) -> Option<BasicCredentials> {
    one_basic(headers, GATEWAY_HEADER)
}

/// What stands in `Authorization: Basic`; none if there is not exactly one readable header.
pub(super) fn basic_credentials(headers: &HeaderMap) -> Option<BasicCredentials> {
    one_basic(headers, AUTHORIZATION)
}

fn one_basic(headers: &HeaderMap, name: impl AsHeaderName) -> Option<BasicCredentials> {
    let mut values = headers.get_all(name);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = split_scheme(value.as_bytes());
    let readable = scheme.eq_ignore_ascii_case(b"basic") && value.len() <= MAX_AUTHORIZATION;
    readable.then(|| BasicCredentials::read(token)).flatten()
}

/// Why a bearer token cannot be taken: 400 `invalid_request` (RS-04, RS-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.description())]
pub enum BearerError {
    /// More than one `Authorization` header.
    SeveralHeaders,
    /// More than one token or API key, in whatever headers.
    SeveralCredentials,
    /// `access_token` in the query, where logs and referrers would keep it (T17).
    InQuery,
    /// Not a `b64token` (RFC 6750 section 2.1).
    Malformed,
}

impl BearerError {
    /// What is wrong and what to do, fit for `error_description` (TE-10).
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::SeveralHeaders => CredentialsError::SeveralHeaders.description(),
            Self::SeveralCredentials => "There is more than one token or API key; send one",
            Self::InQuery => "An access token in the query is not accepted; send it as Authorization: Bearer",
            Self::Malformed => "The bearer token has characters that no token has",
        }
    }
}

/// The bearer token of a request to a protected resource; none if there is no `Authorization` header or it has another
/// scheme (RFC 6750 section 2.1, RS-06).
///
/// # Errors
/// [`BearerError`], also if the token stands in `query`, the undecoded query of the request (RS-05).
pub fn bearer_token<'r>(headers: &'r HeaderMap, query: &str) -> Result<Option<&'r str>, BearerError> {
    let names_token = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        form::decode(name.as_bytes()).is_ok_and(|name| name == "access_token")
    };
    if query.split('&').any(names_token) {
        return Err(BearerError::InQuery);
    }
    let Some(authorization) = single_authorization(headers).map_err(|_| BearerError::SeveralHeaders)? else {
        return Ok(None);
    };
    let (scheme, token) = split_scheme(authorization);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    b64token(token).map(Some)
}

/// The text if it has the form that tokens and secrets have (RFC 6750 section 2.1).
///
/// # Errors
/// [`BearerError::Malformed`].
pub(super) fn b64token(token: &[u8]) -> Result<&str, BearerError> {
    let body = token.trim_ascii_end().split(|byte| *byte == b'=').next().unwrap_or_default();
    let padding = token.get(body.len()..).unwrap_or_default();
    let well_formed = !body.is_empty()
        && body.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
        && padding.iter().all(|byte| *byte == b'=');
    match str::from_utf8(token) {
        Ok(token) if well_formed => Ok(token),
        _ => Err(BearerError::Malformed),
    }
}

struct Several;

fn single_authorization(headers: &HeaderMap) -> Result<Option<&[u8]>, Several> {
    let mut values = headers.get_all(AUTHORIZATION);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Several),
        (first, _) => Ok(first.map(HeaderValue::as_bytes)),
    }
}

/// Scheme and the rest behind one or more spaces (RFC 9110 section 11.4).
fn split_scheme(authorization: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = authorization.trim_ascii().splitn(2, |byte| *byte == b' ');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().trim_ascii_start())
}
