//! The part of the network that one customer usually has, in which attempts are counted together.

use std::net::IpAddr;

use ipnet::IpNet;

/// /24 of IPv4, /56 of IPv6: whoever has one address there often has the others.
#[must_use]
pub fn of_customer(address: IpAddr) -> Option<IpNet> {
    let bits = if address.is_ipv4() { 24 } else { 56 };
    IpNet::new(address, bits).ok().map(|network| network.trunc())
}
