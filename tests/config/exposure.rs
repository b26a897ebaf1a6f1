//! Ruling 13: plain HTTP only on loopback or behind a trusted proxy.

use std::net::IpAddr;

use super::{assert_refused, load, load_local};

const TLS: &str = "[tls]\naddress = '0.0.0.0:8443'\ncertificate_file = 'c.pem'\nkey_file = 'k.pem'";
const PROXY: &str = "[proxy]\ntrusted = ['10.0.0.0/8']";

// Covers: TE-16, H12
#[test]
fn settings_that_would_send_tokens_in_plain_http_are_refused() {
    let open = "[listen]\naddress = '0.0.0.0:8080'";
    let cases = [
        ("https://id.example.com", String::new(), "neither TLS nor a trusted proxy"),
        ("https://localhost:8443", String::new(), "neither TLS nor a trusted proxy"),
        ("http://localhost:8080", open.to_owned(), "`listen.address` 0.0.0.0:8080 would accept plain HTTP"),
        ("http://localhost:8080", "[listen]\naddress = '[::]:8080'".to_owned(), "`listen.address` [::]:8080"),
        ("https://id.example.com", format!("{open}\n{TLS}"), "name the proxy that ends TLS in `proxy.trusted`"),
        ("http://localhost:8080", "[listen]\naddress = 'off'".to_owned(), "nobody could connect"),
    ];
    for (issuer, sections, fragment) in cases {
        assert_refused(load(&format!("issuer = '{issuer}'\n{sections}")), &[fragment]);
    }
}

// Covers: TE-16, H12
#[test]
fn tls_a_trusted_proxy_or_loopback_let_the_server_start() {
    let open = "[listen]\naddress = '0.0.0.0:8080'";
    let off = "[listen]\naddress = 'off'";
    let cases = [
        ("http://localhost:8080", String::new()),
        ("http://127.0.0.1:8080", "[listen]\naddress = '[::1]:8080'".to_owned()),
        ("https://id.example.com", TLS.to_owned()),
        ("https://id.example.com", format!("{off}\n{TLS}")),
        ("https://id.example.com", PROXY.to_owned()),
        ("https://id.example.com", format!("{open}\n{PROXY}")),
    ];
    for (issuer, sections) in cases {
        let outcome = load(&format!("issuer = '{issuer}'\n{sections}"));
        assert!(outcome.is_ok(), "{issuer} {sections}: {outcome:?}");
    }
}

// Covers: H12
#[test]
fn half_of_the_tls_settings_is_refused() {
    let cases = [
        (vec![("tls.address", "127.0.0.1:8443")], "set `tls.certificate_file`"),
        (vec![("tls.address", "127.0.0.1:8443"), ("tls.certificate_file", "c.pem")], "set `tls.key_file`"),
        (vec![("tls.key_file", "k.pem")], "set `tls.address`"),
    ];
    for (settings, fragment) in cases {
        assert_refused(load_local(&settings), &[fragment]);
    }
}

// Covers: H10
#[test]
fn health_and_metrics_stay_on_this_machine_unless_allowed() {
    let remote = ("management.address", "0.0.0.0:8081");
    assert_refused(load_local(&[remote]), &["`management.address` 0.0.0.0:8081", "`management.allow_remote = true`"]);
    assert!(load_local(&[remote, ("management.allow_remote", "true")]).is_ok());
}

// Covers: H10
#[test]
fn two_listeners_cannot_share_a_port_unless_the_system_chooses() {
    let same = load_local(&[("management.address", "127.0.0.1:8080")]);
    assert_refused(same, &["`listen.address` and `management.address` are both 127.0.0.1:8080"]);
    assert!(load_local(&[("listen.address", "127.0.0.1:0"), ("management.address", "127.0.0.1:0")]).is_ok());
}

// Covers: H2
#[test]
fn only_named_proxies_are_trusted_and_nobody_can_name_everybody() {
    let proxy = load_local(&[("proxy.trusted", "10.0.0.0/8, 192.0.2.7, 2001:db8::/32")]).unwrap().proxy;
    let trusted = ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1"];
    let others = ["11.0.0.1", "192.0.2.8", "::1", "127.0.0.1"];
    assert!(trusted.iter().all(|peer| proxy.trusts(peer.parse::<IpAddr>().unwrap())));
    assert!(!others.iter().any(|peer| proxy.trusts(peer.parse::<IpAddr>().unwrap())));
    for everybody in ["0.0.0.0/0", "::/0"] {
        assert_refused(load_local(&[("proxy.trusted", everybody)]), &[everybody, "is everybody"]);
    }
}
