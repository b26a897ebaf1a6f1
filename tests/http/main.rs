#![expect(unreachable_pub, reason = "modules of one test binary")]

//! The HTTP plumbing against a real bound server, spoken to byte by byte.

mod credentials;
mod form;
mod framing;
mod guard;
mod limits;
mod management;
mod peer;
mod support;
mod tls;
