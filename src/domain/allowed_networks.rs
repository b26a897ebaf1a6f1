//! From where an API key may be used (KM-14). An IPv4 address that is written as one of IPv6 counts as what it is.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Networks that one key may have.
pub const MOST_NETWORKS: usize = 50;

/// Bits in front of the IPv4 address in `::ffff:192.0.2.1`.
const MAPPED_BITS: u8 = 96;

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowedNetwork(IpNet);

/// Why a text is no network that a key can be used from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidNetwork {
    /// Something else.
    #[error("`{0}` is no network; write it like 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7")]
    Malformed(String),
    /// An address and the length of a network around it.
    #[error("`{given}` is an address inside of a network; write {network} for the whole, or the address alone")]
    HostBits {
        /// What was written.
        given: String,
        /// The network around it.
        network: IpNet,
    },
    /// IPv4 in the clothes of IPv6.
    #[error("`{given}` is a network of IPv4; write it as {network}")]
    Mapped {
        /// What was written.
        given: String,
        /// The same as IPv4.
        network: Ipv4Net,
    },
}

/// A key has only so many networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key has at most {MOST_NETWORKS} networks; join some to larger ones")]
pub struct TooManyNetworks;

impl FromStr for AllowedNetwork {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let alone = || text.parse::<IpAddr>().map(IpNet::from).ok();
        let network = text.parse::<IpNet>().ok().or_else(alone);
        let network = network.ok_or_else(|| InvalidNetwork::Malformed(text.to_owned()))?;
        if network.trunc() != network {
            return Err(InvalidNetwork::HostBits { given: text.to_owned(), network: network.trunc() });
        }
        match as_ipv4(network) {
            Some(network) => Err(InvalidNetwork::Mapped { given: text.to_owned(), network }),
            None => Ok(Self(network)),
        }
    }
}

fn as_ipv4(network: IpNet) -> Option<Ipv4Net> {
    let IpNet::V6(network) = network else { return None };
    let address = network.addr().to_ipv4_mapped()?;
    Ipv4Net::new(address, network.prefix_len().checked_sub(MAPPED_BITS)?).ok()
}

impl fmt::Display for AllowedNetwork {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for AllowedNetwork {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AllowedNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The networks of a key, each once, in order. None at all means everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AllowedNetworks(Vec<AllowedNetwork>);

impl AllowedNetworks {
    /// These networks.
    ///
    /// # Errors
    /// [`TooManyNetworks`].
    pub fn new(mut networks: Vec<AllowedNetwork>) -> Result<Self, TooManyNetworks> {
        networks.sort_unstable();
        networks.dedup();
        if networks.len() > MOST_NETWORKS { Err(TooManyNetworks) } else { Ok(Self(networks)) }
    }

    /// The networks.
    pub fn iter(&self) -> impl Iterator<Item = AllowedNetwork> {
        self.0.iter().copied()
    }

    /// Whether a key with these networks may be used from this address. An address that is not known is in no network.
    #[must_use]
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        let contains = |address: IpAddr| self.0.iter().any(|network| network.0.contains(&address));
        self.0.is_empty() || address.is_some_and(|address| contains(address.to_canonical()))
    }
}

impl<'de> Deserialize<'de> for AllowedNetworks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> AllowedNetworks {
        let parsed = texts.iter().map(|text| text.parse().expect("a network")).collect();
        AllowedNetworks::new(parsed).expect("not too many")
    }

    // Covers: KM-14
    #[test]
    fn an_address_is_in_the_list_whatever_it_is_written_as() {
        let list = networks(&["192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48", "2001:db8:2::9"]);
        let admits = |text: &str| list.admit(Some(text.parse().expect("an address")));
        for inside in
            ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9", "198.51.100.7", "2001:db8:1:ff::1", "2001:db8:2::9"]
        {
            assert!(admits(inside), "{inside}");
        }
        for outside in ["192.0.3.0", "198.51.100.8", "::ffff:198.51.100.8", "2001:db8:2::8", "::192.0.2.9", "::1"] {
            assert!(!admits(outside), "{outside}");
        }
        assert!(!list.admit(None), "an unknown address is in no network");
        assert!(AllowedNetworks::default().admit(None), "no list is no limit");
        assert!(!networks(&["::/0"]).admit(Some("192.0.2.1".parse().expect("an address"))), "IPv4 is not in ::/0");
    }

    // Covers: KM-14
    #[test]
    fn what_is_no_network_is_told_how_it_should_be_written() {
        let sentence = |text: &str| text.parse::<AllowedNetwork>().expect_err("no network").to_string();
        assert!(sentence("192.0.2.9/24").contains("192.0.2.0/24"));
        assert!(sentence("2001:db8::1/32").contains("2001:db8::/32"));
        assert!(sentence("::ffff:192.0.2.0/120").contains("192.0.2.0/24"));
        assert!(sentence("::ffff:192.0.2.7").contains("192.0.2.7/32"));
        for text in ["", "192.0.2", "192.0.2.0/33", "2001:db8::/129", "fe80::1%eth0", "example.com", " 192.0.2.0/24"] {
            assert!(sentence(text).contains("is no network"), "{text}");
        }
    }

    #[test]
    fn the_list_has_each_network_once_and_fifty_at_most() {
        assert_eq!(networks(&["192.0.2.7", "10.0.0.0/8", "192.0.2.7/32"]).iter().count(), 2);
        let many = |count: u8| {
            let each = (0..count).map(|last| format!("192.0.2.{last}").parse().expect("a network"));
            AllowedNetworks::new(each.collect())
        };
        assert!(many(50).is_ok());
        assert_eq!(many(51), Err(TooManyNetworks));
    }
}
