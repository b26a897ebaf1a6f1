//! The one way in which this server calls others, so that nobody who registers an address makes it knock at doors that only
//! it can reach (H9).
//!
//! A name is looked up once, and the connection goes to the addresses that were judged. There are no redirects, no cookies,
//! no proxy, and nothing of an answer is read but its head.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use thiserror::Error;
use ureq::{
    Agent,
    http::Uri,
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::{Host, Url};

use crate::{config::Issuer, domain::network::is_public};

/// A call takes no longer, from the look-up of the name to the answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer that are looked at: its head. A body is not read at all.
const HEAD_BYTES: usize = 16 * 1024;

/// Below this port stand the services of machines; of them only that of `https` is called.
const FIRST_FREE_PORT: u16 = 1024;

/// Calls to others.
#[derive(Debug, Clone)]
pub struct Outgoing {
    agent: Agent,
    reach: Reach,
}

/// Why a call was not made or not answered. Names no secret, no address inside the network and nothing that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// It may not be called.
    #[error("this URL is not called: {0}")]
    Refused(&'static str),
    /// It has no address that may be called.
    #[error("the name has no address on the public internet")]
    NotPublic,
    /// No answer in time.
    #[error("no answer within 5 seconds")]
    TimedOut,
    /// No connection, no TLS, or no HTTP.
    #[error("no answer: {0}")]
    Failed(String),
}

impl Outgoing {
    /// As a site with this issuer calls: a site on loopback may call others there, without TLS, and every site the public
    /// internet, with TLS and the certification authorities that browsers know.
    #[must_use]
    pub fn of(issuer: &Issuer) -> Self {
        Self::trusting(issuer, RootCerts::WebPki)
    }

    /// The same with other certification authorities, in DER.
    #[must_use]
    pub fn with_authorities(issuer: &Issuer, authorities: &[Vec<u8>]) -> Self {
        let certificates = authorities.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        Self::trusting(issuer, RootCerts::Specific(Arc::new(certificates)))
    }

    fn trusting(issuer: &Issuer, roots: RootCerts) -> Self {
        Self::looking_up(issuer, roots, DefaultResolver::default())
    }

    fn looking_up(issuer: &Issuer, roots: RootCerts, names: impl Resolver) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .max_response_header_size(HEAD_BYTES)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .user_agent("keystead")
            .accept("*/*")
            .build();
        let reach = Reach { loopback: issuer.is_loopback() };
        let resolver = Guarded { reach, names };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), reach }
    }

    /// Sends a form and answers the status. Blocks for [`PATIENCE`] at most.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<u16, CallError> {
        self.reach.check(url)?;
        let answer = self.agent.post(url).send_form(fields.iter().copied()).map_err(|error| explain(&error))?;
        Ok(answer.status().as_u16())
    }

    /// Sends JSON with these headers and answers the status. Blocks for [`PATIENCE`] at most.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn post_json(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Result<u16, CallError> {
        self.reach.check(url)?;
        let request = self.agent.post(url).content_type("application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Ok(request.send(body).map_err(|error| explain(&error))?.status().as_u16())
    }
}

fn explain(error: &ureq::Error) -> CallError {
    match error {
        ureq::Error::Timeout(_) => CallError::TimedOut,
        ureq::Error::HostNotFound => CallError::NotPublic,
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => CallError::TimedOut,
        ureq::Error::Io(io) => CallError::Failed(io.kind().to_string()),
        other => CallError::Failed(other.to_string()),
    }
}

/// How far calls may go.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// Whether the site itself is on loopback, where all belongs to one developer.
    loopback: bool,
}

impl Reach {
    fn check(self, text: &str) -> Result<(), CallError> {
        let url = Url::parse(text).map_err(|_| CallError::Refused("it is none"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(CallError::Refused("it names a user"));
        }
        let here = self.loopback && url.host().is_some_and(|host| is_loopback(&host));
        match (url.scheme(), url.port_or_known_default()) {
            ("http" | "https", Some(_)) if here => Ok(()),
            ("https", Some(443 | FIRST_FREE_PORT..)) => Ok(()),
            ("https", _) => Err(CallError::Refused("its port is neither 443 nor above 1023")),
            _ => Err(CallError::Refused("it does not begin with https:")),
        }
    }

    /// Without TLS a name may only mean this machine, whatever it is called.
    fn allows(self, address: SocketAddr, tls: bool) -> bool {
        let ip = address.ip();
        (self.loopback && ip.is_loopback()) || (tls && is_public(ip))
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Looks a name up and leaves only the addresses that may be called. The connection is made to one of these, so a name that
/// means another address a moment later gains nothing.
#[derive(Debug)]
struct Guarded<R> {
    reach: Reach,
    names: R,
}

impl<R: Resolver> Resolver for Guarded<R> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let tls = uri.scheme_str() == Some("https");
        let found = match self.names.resolve(uri, config, timeout) {
            Err(ureq::Error::Io(_)) => return Err(ureq::Error::HostNotFound),
            found => found?,
        };
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(**address, tls)) {
            allowed.push(*address);
        }
        if allowed.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(allowed) }
    }
}

#[cfg(test)]
mod tests;
