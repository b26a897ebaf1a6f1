//! Reads the body of a form request within limits of kind, size and time.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use actix_web::{
    HttpRequest,
    error::PayloadError,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE},
    web::{Bytes, BytesMut, Payload},
};
use futures_util::Stream;
use thiserror::Error;

/// What a body may cost (H4, H5).
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Largest body in bytes.
    pub size: usize,
    /// From the moment the body is waited for until it is complete.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { size: 64 * 1024, time: Duration::from_secs(10) }
    }
}

/// Why there is no body to work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.description())]
pub enum BodyError {
    /// It is not declared as a form: 400 (ruling 7).
    ContentType,
    /// It is larger than allowed: 413, and the connection closes.
    TooLarge,
    /// It did not arrive in time: 408, and the connection closes.
    TooSlow,
    /// The connection broke or the framing is wrong: 400, and the connection closes.
    Broken,
}

impl BodyError {
    /// What is wrong and what to do, fit for `error_description` (TE-10).
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::ContentType => "Content-Type is not application/x-www-form-urlencoded",
            Self::TooLarge => "The body is larger than this endpoint takes",
            Self::TooSlow => "The body did not arrive in time; send it again",
            Self::Broken => "The body is incomplete or its framing is wrong",
        }
    }
}

/// Reads the whole body of a form request. `Content-Encoding` is the guard's to refuse ([`super::guard`], T16).
///
/// Call it before anything else that waits: the time limit begins here.
///
/// # Errors
/// [`BodyError`] says what the body lacks.
pub async fn read_form_body(req: &HttpRequest, payload: Payload, limits: &BodyLimits) -> Result<Bytes, BodyError> {
    if is_form(req) { read_body(req, payload, limits).await } else { Err(BodyError::ContentType) }
}

/// Reads the whole body of a request of any kind, under the same rules as [`read_form_body`]. The extractors of actix
/// have no time limit.
///
/// # Errors
/// [`BodyError`], never [`BodyError::ContentType`].
pub async fn read_body(req: &HttpRequest, payload: Payload, limits: &BodyLimits) -> Result<Bytes, BodyError> {
    let announced = req.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limits.size) {
        return Err(BodyError::TooLarge);
    }

    let mut reading = pin!(collect(payload, limits.size));
    // actix-http calls the handler before it decodes the body that came in the same packet: a second look finds it.
    // Only a body that is really still on its way is worth a timer.
    if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        return done;
    }
    tokio::task::yield_now().await;
    if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        return done;
    }
    tokio::time::timeout(limits.time, reading).await.unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(mut payload: Payload, most: usize) -> Result<Bytes, BodyError> {
    let mut next = async || {
        let chunk: Option<Result<Bytes, PayloadError>> =
            poll_fn(|context| Pin::new(&mut payload).poll_next(context)).await;
        chunk.transpose().map_err(|_| BodyError::Broken)
    };
    let Some(first) = next().await? else { return Ok(Bytes::new()) };
    if first.len() > most {
        return Err(BodyError::TooLarge);
    }
    let Some(second) = next().await? else { return Ok(first) };

    let mut whole = BytesMut::from(first.as_ref());
    let mut chunk = second;
    loop {
        if whole.len().saturating_add(chunk.len()) > most {
            return Err(BodyError::TooLarge);
        }
        whole.extend_from_slice(&chunk);
        match next().await? {
            Some(another) => chunk = another,
            None => return Ok(whole.freeze()),
        }
    }
}

/// `application/x-www-form-urlencoded`, with no parameter but `charset=utf-8`; exactly one header.
fn is_form(req: &HttpRequest) -> bool {
    let mut values = req.headers().get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        && parts.all(|parameter| {
            parameter.eq_ignore_ascii_case("charset=utf-8") || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
        })
}
