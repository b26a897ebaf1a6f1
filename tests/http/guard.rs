//! What every answer has, and what no handler sees.

use std::collections::HashSet;

use crate::support::{start, start_with};

// Covers: T13
#[test]
fn every_answer_has_the_security_headers_and_a_request_id_of_ours() {
    let server = start_with(|setup| setup.guard.issuer_is_https = true);
    let mut seen = HashSet::new();
    for path in ["/", "/nowhere", "/failure", "/panic", "/form", "/?%00"] {
        let answer = server.get(path, "X-Request-Id: theirs\r\n");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path} {name}");
        }
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id.starts_with("0000feed") && seen.insert(id.clone()), "{path} {id}");
    }
}

#[test]
fn request_ids_stay_unique_across_the_carry_of_their_counter_and_handlers_know_theirs() {
    let server = start();
    let ids: HashSet<String> = (0..40)
        .map(|_| {
            let answer = server.get("/id", "");
            assert_eq!(answer.header("x-request-id"), Some(answer.body()));
            answer.body().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 40);
}

// Covers: T13
#[test]
fn a_handler_may_allow_caching_and_a_plain_issuer_sends_no_hsts() {
    let answer = start().get("/cached", "");
    assert_eq!(answer.header("cache-control"), Some("max-age=9"));
    assert_eq!(answer.header("strict-transport-security"), None);
}

// Covers: H6
#[test]
fn a_panic_is_answered_counted_and_survived() {
    let server = start();
    for caught in 1..=3 {
        let answer = server.get("/panic", "");
        assert_eq!((answer.status(), answer.body()), (500, r#"{"error":"internal_error"}"#));
        assert_eq!(server.guard.panics(), caught);
    }
    assert_eq!(server.get("/", "").body(), "hello");
}

// Covers: H10
#[test]
fn an_unknown_path_is_told_nothing_but_that() {
    let answer = start().get("/metrics", "");
    assert_eq!((answer.status(), answer.body()), (404, r#"{"error":"not_found"}"#));
    assert_eq!((answer.header("content-type"), answer.header("server")), (Some("application/json"), None));
}

// Covers: H1
#[test]
fn only_known_hosts_are_answered_for() {
    let server = start_with(|setup| setup.guard.allowed_hosts = vec!["id.example.com".into(), "[::1]:8080".into()]);
    let ask = |target: &str, host: &str| {
        server.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    for host in ["id.example.com", "ID.Example.Com", "id.example.com:8443", "[::1]:8080"] {
        assert_eq!(ask("/", host).status(), 200, "{host}");
    }
    for host in [
        "evil",
        "evil.id.example.com",
        "id.example.com.evil",
        "id.example.com:80:evil",
        "",
        "[::1]",
        "id.example.com@evil",
    ] {
        let answer = ask("/", host);
        assert_eq!(answer.status(), 421, "{host}");
        assert!(!answer.0.contains("evil"), "{}", answer.0);
    }
    assert_eq!(ask("http://evil/", "id.example.com").status(), 421, "absolute target");
    assert_eq!(ask("http://id.example.com/", "id.example.com").status(), 200, "absolute target of ours");
    assert_eq!(server.send("GET / HTTP/1.0\r\n\r\n").status(), 421, "no host at all");
}
