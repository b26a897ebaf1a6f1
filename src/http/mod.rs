//! Everything that knows it is spoken to over HTTP: listeners, the guard around every request, strict reading of what
//! arrives and rendering of what leaves. Handlers extract, call one function, render.

pub mod api;
pub mod application;
pub mod body;
pub mod credentials;
pub mod error;
pub mod form;
pub mod guard;
pub mod management;
pub mod oauth;
pub mod pages;
pub mod peer;
pub mod server;
pub mod shown;
pub mod shutdown;
pub mod tls;

mod access;
mod etag;
mod rate_limit;
mod request_id;
mod trouble;
mod unread;

pub use request_id::RequestId;
