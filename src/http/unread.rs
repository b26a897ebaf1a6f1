//! Ends connections whose request body was not read to its end.
//!
//! actix-http closes them itself when the length was announced. When the body comes in chunks, it waits, without any
//! time limit, for a last chunk that may never come (actix-http 3.20, `payload_drainable`), unless somebody still holds
//! the body while the answer is sent. Here is that somebody (H4).

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::header::TRANSFER_ENCODING,
    web::Bytes,
};
use futures_util::Stream;

/// The body of a request that comes in chunks, shared between the handler and the answer.
#[derive(Clone)]
pub(super) struct ChunkedBody(Rc<RefCell<Payload>>);

impl ChunkedBody {
    /// Takes a share of the body, if it comes in chunks.
    pub(super) fn of(req: &mut ServiceRequest) -> Option<Self> {
        if !req.headers().contains_key(TRANSFER_ENCODING) {
            return None;
        }
        let shared = Self(Rc::new(RefCell::new(req.take_payload())));
        req.set_payload(Payload::Stream { payload: Box::pin(shared.clone()) });
        Some(shared)
    }

    /// Keeps the request body until this answer is sent.
    pub(super) fn hold_during(self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Holding { answer, _request: self })
    }
}

impl Stream for ChunkedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

struct Holding {
    answer: BoxBody,
    _request: ChunkedBody,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}
