//! Refuses settings under which a token would cross a network unencrypted (ruling 13, RFC 6749 section 3.2).

use std::net::SocketAddr;

use thiserror::Error;

use super::{
    issuer::Issuer,
    listen::{Listen, Management, Tls, is_loopback},
    proxy::Proxy,
};

/// The settings, each right by itself, together leave secrets unprotected or nobody able to connect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Exposed {
    /// Nothing would answer.
    #[error("`listen.address` is `off` and `tls.address` is not set, so nobody could connect; set one of them")]
    NoListener,
    /// `https` for others, but nothing that speaks it.
    #[error(
        "the issuer {0} is reached over HTTPS, but there is neither TLS nor a trusted proxy; set `tls.address`, `tls.certificate_file` and `tls.key_file`, or put a proxy that ends TLS in front and name it in `proxy.trusted`"
    )]
    NobodySpeaksTls(Issuer),
    /// Plain HTTP for everybody.
    #[error(
        "`listen.address` {0} would accept plain HTTP beyond this machine; listen on 127.0.0.1, serve HTTPS with `tls.address`, or name the proxy that ends TLS in `proxy.trusted`"
    )]
    PlainHttp(SocketAddr),
    /// Health and metrics for everybody.
    #[error(
        "`management.address` {0} can be reached from beyond this machine and asks for no login; use 127.0.0.1, or set `management.allow_remote = true` behind a firewall"
    )]
    Management(SocketAddr),
    /// Two listeners on one port.
    #[error("`{first}` and `{second}` are both {address}; give each its own port")]
    SameAddress {
        /// One setting.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Their value.
        address: SocketAddr,
    },
}

pub(super) fn check(
    issuer: &Issuer,
    listen: &Listen,
    management: &Management,
    tls: Option<&Tls>,
    proxy: &Proxy,
) -> Result<(), Exposed> {
    let behind_proxy = !proxy.trusted.is_empty();
    if listen.address.is_none() && tls.is_none() {
        return Err(Exposed::NoListener);
    }
    if issuer.is_https() && tls.is_none() && !behind_proxy {
        return Err(Exposed::NobodySpeaksTls(issuer.clone()));
    }
    if let Some(address) = listen.address.filter(|address| !is_loopback(*address) && !behind_proxy) {
        return Err(Exposed::PlainHttp(address));
    }
    if let Some(address) = management.address.filter(|address| !is_loopback(*address) && !management.allow_remote) {
        return Err(Exposed::Management(address));
    }
    own_ports(listen, management, tls)
}

fn own_ports(listen: &Listen, management: &Management, tls: Option<&Tls>) -> Result<(), Exposed> {
    let named = [
        ("listen.address", listen.address),
        ("management.address", management.address),
        ("tls.address", tls.map(|tls| tls.address)),
    ];
    let pairs = named.iter().enumerate().flat_map(|(at, one)| named.iter().skip(at + 1).map(move |other| (one, other)));
    for ((first, address), (second, other)) in pairs {
        // Port 0 asks the system for a free one.
        if let Some(address) = address.filter(|address| Some(*address) == *other && address.port() != 0) {
            return Err(Exposed::SameAddress { first, second, address });
        }
    }
    Ok(())
}
