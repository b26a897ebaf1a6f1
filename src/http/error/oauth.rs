//! Errors as OAuth endpoints answer them: `{"error":…,"error_description":…}` (RFC 6749 section 5.2).

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};

use crate::{
    domain::throttle::Quota,
    http::{
        body::BodyError,
        credentials::{BearerError, CredentialsError},
        form::FormError,
        rate_limit,
        trouble::Trouble,
    },
    oauth::{self, Refusal},
};

/// An error of the protocol, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// HTTP status.
    pub status: StatusCode,
    /// The registered error code.
    pub code: &'static str,
    /// For the developer of the client; left out if it has characters that RFC 6749 section 5.2 excludes (TE-10).
    pub description: Cow<'static, str>,
    /// What to authenticate with, for a 401.
    pub challenge: Option<Challenge>,
    /// Scope values that the challenge names: those that the access token would need (RFC 6750 section 3).
    pub needed_scope: Option<String>,
    /// Seconds after which it is worth another try.
    pub retry_after: Option<u32>,
    /// The limit that had a part in this answer.
    pub quota: Option<Box<Quota>>,
    /// Whether the connection ends with this answer.
    pub close: bool,
    /// Our own trouble, for the log.
    pub(in crate::http) trouble: Option<Box<Trouble>>,
}

/// The value of `WWW-Authenticate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// Client credentials (CA-03).
    Basic,
    /// An access token that was not sent (RS-01).
    Bearer,
    /// An access token that does not count (RS-02).
    BearerInvalidToken,
    /// An access token that does not reach far enough (RS-03).
    BearerInsufficientScope,
    /// A request whose token cannot be read (RS-04).
    BearerInvalidRequest,
}

impl Challenge {
    /// The value of the header.
    pub(in crate::http) const fn value(self) -> &'static str {
        match self {
            Self::Basic => r#"Basic realm="keystead""#,
            Self::Bearer => r#"Bearer realm="keystead""#,
            Self::BearerInvalidToken => r#"Bearer realm="keystead", error="invalid_token""#,
            Self::BearerInsufficientScope => r#"Bearer realm="keystead", error="insufficient_scope""#,
            Self::BearerInvalidRequest => r#"Bearer realm="keystead", error="invalid_request""#,
        }
    }
}

impl OAuthError {
    /// An error without challenge and without advice to retry.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, description: &'static str) -> Self {
        Self {
            status,
            code,
            description: Cow::Borrowed(description),
            challenge: None,
            needed_scope: None,
            retry_after: None,
            quota: None,
            close: false,
            trouble: None,
        }
    }

    /// 400 `invalid_request`.
    #[must_use]
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 401 `invalid_client` with a Basic challenge.
    #[must_use]
    pub const fn invalid_client(description: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description).with_challenge(Challenge::Basic)
    }

    /// 503 `temporarily_unavailable`: our own trouble, worth a retry.
    #[must_use]
    pub const fn unavailable(description: &'static str, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", description).with_retry_after(retry_after)
    }

    /// The same with a challenge.
    #[must_use]
    pub const fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The same with `Retry-After`, in seconds.
    #[must_use]
    pub const fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same with what is left of a limit.
    #[must_use]
    pub fn with_quota(mut self, quota: Option<Quota>) -> Self {
        self.quota = quota.map(Box::new);
        self
    }

    fn header_of(&self, challenge: Challenge) -> HeaderValue {
        let named = self
            .needed_scope
            .as_ref()
            .and_then(|scope| HeaderValue::try_from(format!(r#"{}, scope="{scope}""#, challenge.value())).ok());
        named.unwrap_or_else(|| HeaderValue::from_static(challenge.value()))
    }

    /// What the protocol decided, as it is sent.
    fn refused(refusal: Refusal) -> Self {
        let of_status =
            |status| Self { description: Cow::Owned(refusal.to_string()), ..Self::new(status, refusal.code(), "") };
        match refusal {
            Refusal::InvalidClient { tries } => {
                of_status(StatusCode::UNAUTHORIZED).with_challenge(Challenge::Basic).with_quota(tries)
            }
            Refusal::TooManyWrongSecrets(quota) | Refusal::MustWait(quota) => {
                of_status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(quota.seconds()).with_quota(Some(quota))
            }
            _ => of_status(StatusCode::BAD_REQUEST),
        }
    }

    const fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The response.
    #[must_use]
    pub fn response(&self) -> HttpResponse {
        let mut response = json(self.status);
        response.insert_header((PRAGMA, HeaderValue::from_static("no-cache")));
        if let Some(challenge) = self.challenge {
            response.insert_header((WWW_AUTHENTICATE, self.header_of(challenge)));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if self.close {
            response.force_close();
        }
        let (code, description) = (self.code, self.description.as_ref());
        let mut response = response.body(if description.bytes().all(is_plain) {
            format!(r#"{{"error":"{code}","error_description":"{description}"}}"#)
        } else {
            format!(r#"{{"error":"{code}"}}"#)
        });
        if let Some(quota) = &self.quota {
            rate_limit::announce(response.headers_mut(), quota);
        }
        if let Some(trouble) = &self.trouble {
            Trouble::clone(trouble).attach(&mut response);
        }
        response
    }
}

/// %x20-21 / %x23-5B / %x5D-7E.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Display for OAuthError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for OAuthError {}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}

/// Our own trouble is logged by the guard, which knows the request, and nowhere else.
impl From<oauth::Error> for OAuthError {
    fn from(error: oauth::Error) -> Self {
        match error {
            oauth::Error::Refused(refusal) => Self::refused(refusal),
            oauth::Error::Request { code, description } => {
                Self { description: Cow::Owned(description), ..Self::new(StatusCode::BAD_REQUEST, code, "") }
            }
            oauth::Error::Busy => Self::unavailable("Too many secrets are being checked; try again", 1),
            trouble => Self {
                trouble: Some(Box::new(Trouble {
                    what: "an OAuth request could not be decided",
                    error: trouble.to_string(),
                })),
                ..Self::unavailable("The server cannot decide this now; try again", 1)
            },
        }
    }
}

impl From<FormError> for OAuthError {
    fn from(error: FormError) -> Self {
        Self::invalid_request(error.description())
    }
}

impl From<CredentialsError> for OAuthError {
    fn from(error: CredentialsError) -> Self {
        Self::invalid_request(error.description())
    }
}

impl From<BearerError> for OAuthError {
    fn from(error: BearerError) -> Self {
        Self::invalid_request(error.description())
    }
}

impl From<BodyError> for OAuthError {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::ContentType => return Self::invalid_request(error.description()),
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken => StatusCode::BAD_REQUEST,
        };
        Self::new(status, "invalid_request", error.description()).closing()
    }
}

/// 404 for a path that does not exist.
#[must_use]
pub fn not_found() -> HttpResponse {
    json(StatusCode::NOT_FOUND).body(r#"{"error":"not_found"}"#)
}

/// 405 for a path that exists with another method; `allow` names the methods it has (TE-01).
#[must_use]
pub fn method_not_allowed(allow: &'static str) -> HttpResponse {
    json(StatusCode::METHOD_NOT_ALLOWED)
        .insert_header((ALLOW, HeaderValue::from_static(allow)))
        .body(r#"{"error":"method_not_allowed"}"#)
}

/// A JSON answer that nobody keeps.
pub(in crate::http) fn json(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response
}
