//! Who is on the other side of the connection, believing nobody but the proxies that the operator trusts (H2).

use std::net::{IpAddr, SocketAddr};

use actix_web::{HttpRequest, http::header::HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The networks of the proxies in front of this server; empty means that there are none.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Trusts these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this address is one of a trusted proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client: the peer, or, if that is a trusted proxy, the rightmost address in
    /// `X-Forwarded-For` that is not. What cannot be read ends the search at the proxy that said it.
    ///
    /// None only for connections without an address.
    #[must_use]
    pub fn client_address(&self, req: &HttpRequest) -> Option<IpAddr> {
        let mut nearest = req.peer_addr()?.ip().to_canonical();
        if !self.contains(nearest) {
            return Some(nearest);
        }
        let lines: Vec<&str> =
            req.headers().get_all(X_FORWARDED_FOR).map(|line| line.to_str().unwrap_or_default()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = parse_hop(hop.trim()) else { break };
            nearest = address;
            if !self.contains(nearest) {
                break;
            }
        }
        Some(nearest)
    }

    /// Whether the client speaks TLS: to this server, or to the trusted proxy in front of it.
    #[must_use]
    pub fn is_secure(&self, req: &HttpRequest) -> bool {
        if req.app_config().secure() {
            return true;
        }
        req.peer_addr().is_some_and(|peer| self.contains(peer.ip().to_canonical()))
            && req
                .headers()
                .get_all(X_FORWARDED_PROTO)
                .last()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.rsplit(',').next())
                .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
    }
}

/// An address, alone or with a port, as proxies write it.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|address| address.to_canonical())
}
