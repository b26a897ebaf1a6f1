//! The identifier that ties an answer to its log lines.

use std::cell::Cell;

use actix_web::http::header::{HeaderName, HeaderValue, InvalidHeaderValue};

/// The response header that carries it.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LENGTH: usize = 25;
const COUNTER_DIGITS: usize = 12;

/// Names one request on one process: never taken from what the client sends.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The text, visible ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// Counts the requests of one worker in hexadecimal text, so that an identifier costs no formatting and no lock.
pub(super) struct RequestIds {
    last: Cell<[u8; LENGTH]>,
}

impl RequestIds {
    /// Identifiers `pppppppp` `wwww` `-` `cccccccccccc`: process, worker, counter.
    pub(super) fn new(process: u32, worker: u16) -> Self {
        let mut last = [b'0'; LENGTH];
        for (slot, byte) in last.iter_mut().zip(format!("{process:08x}{worker:04x}-").bytes()) {
            *slot = byte;
        }
        Self { last: Cell::new(last) }
    }

    pub(super) fn next(&self) -> Result<RequestId, InvalidHeaderValue> {
        let mut id = self.last.get();
        for digit in id.iter_mut().rev().take(COUNTER_DIGITS) {
            match *digit {
                b'f' => *digit = b'0',
                b'9' => {
                    *digit = b'a';
                    break;
                }
                _ => {
                    *digit = digit.saturating_add(1);
                    break;
                }
            }
        }
        self.last.set(id);
        HeaderValue::from_bytes(&id).map(RequestId)
    }
}
