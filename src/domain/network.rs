//! Networks: the part that one customer usually has, in which attempts are counted together, and the part that is the
//! public internet, which alone this server calls.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// /24 of IPv4, /56 of IPv6: whoever has one address there often has the others.
#[must_use]
pub fn of_customer(address: IpAddr) -> Option<IpNet> {
    let bits = if address.is_ipv4() { 24 } else { 56 };
    IpNet::new(address, bits).ok().map(|network| network.trunc())
}

/// Whether the address is one of the public internet: not of this machine or a private network, not link-local, multicast,
/// reserved, for documentation, a tunnel into IPv4, nor one at which clouds tell machines their secrets (H9).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn v4(first: u8, second: u8, third: u8, fourth: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(first, second, third, fourth), bits)
}

const fn v6(first: u16, second: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), bits)
}

/// The special-purpose registry of IANA (RFC 6890), multicast, and an address of one cloud.
const SPECIAL_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),        // this network
    v4(10, 0, 0, 0, 8),       // private
    v4(100, 64, 0, 0, 10),    // between a provider and its customers
    v4(127, 0, 0, 0, 8),      // loopback
    v4(168, 63, 129, 16, 32), // what Azure tells its machines
    v4(169, 254, 0, 0, 16),   // link-local, and what other clouds tell theirs
    v4(172, 16, 0, 0, 12),    // private
    v4(192, 0, 0, 0, 24),     // protocol assignments
    v4(192, 0, 2, 0, 24),     // documentation
    v4(192, 88, 99, 0, 24),   // relays into IPv6, given up
    v4(192, 168, 0, 0, 16),   // private
    v4(198, 18, 0, 0, 15),    // benchmarks
    v4(198, 51, 100, 0, 24),  // documentation
    v4(203, 0, 113, 0, 24),   // documentation
    v4(224, 0, 0, 0, 4),      // multicast
    v4(240, 0, 0, 0, 4),      // reserved, and broadcast
];

/// What has been given to anybody at all. Whatever lies outside is loopback, mapped, unique-local, link-local, multicast or
/// not in use.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// Special networks inside of it.
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),     // protocol assignments, among them tunnels into IPv4
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // tunnels into IPv4
    v6(0x3fff, 0, 20),     // documentation
];

/// How a network without IPv4 writes IPv4 addresses (RFC 6052).
const TRANSLATED: Ipv6Net = v6(0x64, 0xff9b, 96);

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|network| network.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if TRANSLATED.contains(&address) {
        let [.., first, second, third, fourth] = address.octets();
        return is_public_v4(Ipv4Addr::new(first, second, third, fourth));
    }
    GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Covers: H9
    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        let judge = |text: &str| is_public(text.parse().expect("an address"));
        for public in ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(judge(public), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.19.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:1.1.1.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!judge(special), "{special}");
        }
    }
}
