//! The proxies in front of Keystead whose word about the peer is believed.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

/// Reverse proxies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Their networks; empty if nobody's `X-Forwarded-*` is believed.
    #[serde(deserialize_with = "networks")]
    pub trusted: Vec<IpNet>,
}

impl Proxy {
    /// Whether this peer is one of the proxies. An IPv4 address mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&peer.to_canonical()))
    }
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| network(text).map_err(D::Error::custom)).collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    let one_address = || text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
    let network = text.parse().ok().or_else(one_address);
    let network: IpNet = network.ok_or_else(|| {
        format!("`{text}` is neither a network, such as `10.0.0.0/8`, nor an address, such as `10.0.0.1`")
    })?;
    if network.prefix_len() == 0 {
        return Err(format!(
            "`{text}` is everybody, and everybody could then choose the address they seem to come from; name the proxies"
        ));
    }
    Ok(network)
}
