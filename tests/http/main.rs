//! The HTTP plumbing against a real bound server, spoken to byte by byte.
#![expect(unreachable_pub, reason = "the helpers of one test binary")]

#[cfg(test)]
mod credentials;
#[cfg(test)]
mod form;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod management;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
