//! Where connections are accepted: plain HTTP, HTTPS, and the listener for health and metrics.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, de::Error};

/// Plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; `None` if switched off.
    pub address: Option<SocketAddr>,
    /// Threads that answer requests.
    pub workers: NonZeroUsize,
    /// Values of `Host` that are answered besides the issuer's.
    pub allowed_hosts: Vec<String>,
}

/// The listener for health and metrics.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// Address and port; `None` if switched off.
    #[serde(deserialize_with = "address_or_off")]
    pub address: Option<SocketAddr>,
    /// Whether the address may lie beyond loopback.
    pub allow_remote: bool,
}

/// HTTPS by Keystead itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Address and port.
    pub address: SocketAddr,
    /// Certificate chain in PEM; absolute.
    pub certificate_file: PathBuf,
    /// Private key in PEM; absolute.
    pub key_file: PathBuf,
    /// How often the two files are looked at for a renewal.
    pub reload_interval: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenSection {
    #[serde(deserialize_with = "address_or_off")]
    pub(super) address: Option<SocketAddr>,
    pub(super) workers: Option<NonZeroUsize>,
    pub(super) allowed_hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsSection {
    #[serde(default, deserialize_with = "address_or_off")]
    pub(super) address: Option<SocketAddr>,
    pub(super) certificate_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    #[serde(with = "humantime_serde")]
    pub(super) reload_interval: Duration,
}

fn address_or_off<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text == "off" {
        return Ok(None);
    }
    let wrong = |_| {
        D::Error::custom(format!(
            "`{text}` is neither an IP address with port, such as `127.0.0.1:8080` or `[::1]:8080`, nor `off`"
        ))
    };
    text.parse().map(Some).map_err(wrong)
}

/// Whether only programs of this machine can connect.
pub(super) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
