//! What is called and what is not, with look-ups that a test answers.

use std::net::TcpListener;

use super::*;

fn issuer(text: &str) -> Issuer {
    Issuer::parse(text).expect("an issuer")
}

/// Answers every name with the same addresses.
#[derive(Debug)]
struct Answering(Vec<SocketAddr>);

impl Resolver for Answering {
    fn resolve(&self, _: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        self.0.iter().for_each(|address| addresses.push(*address));
        Ok(addresses)
    }
}

// Covers: H9
#[test]
fn a_site_on_the_internet_calls_https_on_ports_of_their_own_alone() {
    let reach = Reach { loopback: false };
    for good in ["https://app.example.com/logout", "https://app.example.com:8443/logout?a=b", "https://1.1.1.1/"] {
        assert_eq!(reach.check(good), Ok(()), "{good}");
    }
    for bad in [
        "http://app.example.com/logout",
        "http://127.0.0.1/logout",
        "http://localhost:3000/logout",
        "https://app.example.com:22/",
        "https://app.example.com:80/",
        "https://user@app.example.com/",
        "ftp://app.example.com/",
        "com.example.app:/logout",
        "/logout",
        "",
    ] {
        assert!(reach.check(bad).is_err(), "{bad}");
    }
}

// Covers: H9
#[test]
fn a_site_on_loopback_calls_others_there_and_nothing_else_without_tls() {
    let reach = Reach { loopback: true };
    for good in ["http://127.0.0.1:3000/logout", "http://localhost/logout", "http://[::1]:80/", "https://localhost:25/"]
    {
        assert_eq!(reach.check(good), Ok(()), "{good}");
    }
    assert!(reach.check("http://app.example.com/logout").is_err());
    let address = |text: &str| text.parse().expect("an address");
    assert!(reach.allows(address("127.0.0.1:80"), false) && !reach.allows(address("1.1.1.1:80"), false));
    assert!(reach.allows(address("1.1.1.1:443"), true) && !reach.allows(address("10.0.0.1:443"), true));
}

// Covers: H9
#[test]
fn a_name_that_means_an_address_inside_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("it is a socket");
    let port = listener.local_addr().expect("it is bound").port();
    let inside = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "0.0.0.0"];
    for address in inside {
        let names = Answering(vec![SocketAddr::new(address.parse().expect("an address"), port)]);
        let outgoing = Outgoing::looking_up(&issuer("https://id.example.com"), RootCerts::WebPki, names);
        let called = outgoing.post_form(&format!("https://app.example.com:{port}/logout"), &[]);
        assert_eq!(called, Err(CallError::NotPublic), "{address}");
        let literal = SocketAddr::new(address.parse().expect("an address"), port);
        let called = Outgoing::of(&issuer("https://id.example.com")).post_form(&format!("https://{literal}/"), &[]);
        assert_eq!(called, Err(CallError::NotPublic), "{address}");
    }
    assert!(listener.accept().is_err(), "nobody knocked");
}

// Covers: H9
#[test]
fn of_several_addresses_those_inside_are_left_out() {
    let addresses = ["10.0.0.1:443", "1.1.1.1:443", "127.0.0.1:443", "[fe80::1]:443"];
    let names = Answering(addresses.map(|text| text.parse().expect("an address")).to_vec());
    let guarded = Guarded { reach: Reach { loopback: false }, names };
    let uri = Uri::from_static("https://app.example.com/logout");
    let timeout = NextTimeout::default();
    let left = guarded.resolve(&uri, Agent::new_with_defaults().config(), timeout).expect("one is left");
    assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.1.1.1:443"]);
}
