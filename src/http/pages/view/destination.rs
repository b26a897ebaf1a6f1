//! Where an application takes its users afterwards, as far as it helps them to know it.

use url::{Host, Url};

/// The place that a redirect URI leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A web site: its host, with the port if it is unusual. Names in other scripts stay in their ASCII form, which cannot
    /// be mistaken for another name.
    Site(String),
    /// A program on the user's own machine that listens on loopback: host and port.
    Loopback(String),
    /// A program on the user's own machine that the scheme belongs to.
    Program(String),
}

impl Destination {
    /// Of a redirect URI. `None` if it is no URI.
    #[must_use]
    pub fn of(redirect_uri: &str) -> Option<Self> {
        let uri = Url::parse(redirect_uri).ok()?;
        if !matches!(uri.scheme(), "http" | "https") {
            return Some(Self::Program(uri.scheme().to_owned()));
        }
        let loopback = match uri.host()? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let host = uri.host_str()?;
        let place = uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Some(if loopback { Self::Loopback(place) } else { Self::Site(place) })
    }

    /// What to call it: a host or a scheme.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Site(name) | Self::Loopback(name) | Self::Program(name) => name,
        }
    }

    /// Whether it is a program on the user's own device, where any other program might pose as it.
    #[must_use]
    pub const fn is_on_this_device(&self) -> bool {
        matches!(self, Self::Loopback(_) | Self::Program(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told_from_the_uri() {
        let of = |uri| Destination::of(uri);
        assert_eq!(of("https://app.example.com/back"), Some(Destination::Site("app.example.com".into())));
        assert_eq!(of("https://app.example.com:8443/"), Some(Destination::Site("app.example.com:8443".into())));
        assert_eq!(of("http://127.0.0.1:4000/back"), Some(Destination::Loopback("127.0.0.1:4000".into())));
        assert_eq!(of("http://[::1]/back"), Some(Destination::Loopback("[::1]".into())));
        assert_eq!(of("com.example.app:/back"), Some(Destination::Program("com.example.app".into())));
        assert_eq!(of("https://аррӏе.example/"), Some(Destination::Site("xn--80ak6aa92e.example".into())));
        assert_eq!(of("nonsense"), None);
    }
}
