//! Whose word counts for the address of a client.

use keystead::http::peer::TrustedProxies;

use crate::support::{start, start_with};

// Covers: H2, H1
#[test]
fn nobody_is_believed_unless_the_operator_trusts_them() {
    let answer =
        start().get("/peer", "X-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX-Forwarded-Proto: https\r\n");
    assert_eq!(answer.body(), "127.0.0.1 false");
}

// Covers: H2
#[test]
fn behind_trusted_proxies_the_rightmost_stranger_is_the_client() {
    let server = start_with(|setup| {
        setup.proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]);
    });
    for (headers, expected) in [
        ("", "127.0.0.1 false"),
        ("X-Forwarded-For: 9.9.9.9\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: 6.6.6.6, 9.9.9.9\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: 6.6.6.6, 9.9.9.9, 10.1.1.1\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 9.9.9.9\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: 9.9.9.9:1234\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: [2001:db8::1]:99\r\n", "2001:db8::1 false"),
        ("X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1 false"),
        ("X-Forwarded-For: ::ffff:9.9.9.9\r\n", "9.9.9.9 false"),
        ("X-Forwarded-For: 6.6.6.6, unknown, 10.1.1.1\r\n", "10.1.1.1 false"),
        ("X-Forwarded-For: 10.1.1.1\r\n", "10.1.1.1 false"),
        ("X-Forwarded-Proto: https\r\n", "127.0.0.1 true"),
        ("X-Forwarded-Proto: https, http\r\n", "127.0.0.1 false"),
        ("X-Forwarded-Proto: javascript\r\n", "127.0.0.1 false"),
    ] {
        assert_eq!(server.get("/peer", headers).body(), expected, "{headers}");
    }
}
