//! What every endpoint does with requests that are too large, badly encoded, of the wrong kind or from another origin.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{
    on_both,
    support::{
        backend::Backend,
        http::{Request, Response, raw},
        site::{Server, TestSite},
    },
};

const METADATA: &str = "/.well-known/oauth-authorization-server";
const POSTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];
const GETS: [&str; 3] = ["/oauth/verify", "/oauth/jwks", METADATA];
const FORM: &str = "application/x-www-form-urlencoded";

/// A request that is in order: it would be answered with 200.
fn request(site: &TestSite, server: &Server, path: &str) -> Request {
    let (id, secret) = site.resource_server.pair();
    if POSTS.contains(&path) { server.client.post(path).basic(id, secret) } else { server.client.get(path) }
}

/// Bytes of a POST with these headers and this body, the connection closed after it.
fn post_bytes(server: &Server, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n{headers}\r\n",
        server.address,
        body.len(),
    );
    [head.as_bytes(), body].concat()
}

fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{secret}")))
}

// Covers: T13, IN-12, TE-02
#[test]
fn no_answer_about_tokens_may_be_kept_by_a_cache() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    let (id, secret) = site.resource_server.pair();
    let gateway = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let verify =
        |query: &str| server.client.get(&format!("/oauth/verify{query}")).header("X-Keystead-Gateway", &gateway);

    let mut answers = vec![
        (200, server.token(&key)),
        (200, server.client.post_form("/oauth/introspect", (id, secret), &[("token", &token)])),
        (200, server.client.post_form("/oauth/introspect", (id, secret), &[("token", "unknown")])),
        (200, verify("").bearer(&token).send()),
        (401, verify("").send()),
        (401, verify("").bearer("unknown").send()),
        (403, verify("?role=site_admin").bearer(&token).send()),
        (400, verify("?workspace=x").bearer(&token).send()),
        (200, server.revoke(&key, &token)),
        (404, server.client.get("/oauth/nowhere").send()),
    ];
    for path in POSTS {
        let large = vec![b'a'; 70_000];
        answers.extend([
            (400, request(&site, &server, path).form(&[]).send()),
            (400, request(&site, &server, path).body("application/json", "{}").send()),
            (401, server.client.post(path).form(&[("grant_type", "client_credentials"), ("token", "x")]).send()),
            (405, server.client.get(path).send()),
            (413, request(&site, &server, path).body(FORM, large).send()),
            (415, request(&site, &server, path).header("Content-Encoding", "gzip").form(&[]).send()),
            (421, request(&site, &server, path).header("Host", "evil.example").form(&[]).send()),
            (431, request(&site, &server, path).header("X-Large", &"a".repeat(16 * 1024)).form(&[]).send()),
        ]);
    }
    let mut request_ids = std::collections::BTreeSet::new();
    for (status, answer) in &answers {
        assert_eq!(answer.status, *status, "{answer:?}");
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(answer.header("X-Frame-Options"), Some("DENY"));
        assert_eq!(answer.header("Referrer-Policy"), Some("no-referrer"));
        assert!(answer.header("Content-Security-Policy").is_some_and(|policy| policy.contains("default-src 'none'")));
        assert_eq!(answer.header("Server"), None);
        assert!(request_ids.insert(answer.header("X-Request-Id").expect("an id").to_owned()));
    }
}

// Covers: T15, TE-01
#[test]
fn only_the_one_method_of_an_endpoint_is_taken() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let methods = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "PROPFIND"];

    for path in POSTS {
        for method in methods {
            let mut request = server.client.request(method, path);
            request = request.basic(&site.resource_server.client_id, &site.resource_server.secret);
            if !["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method) {
                request = request.form(&[("token", "x"), ("grant_type", "client_credentials")]);
            }
            let answer = request.send();
            assert_eq!((answer.status, answer.header("Allow")), (405, Some("POST")), "{method} {path}");
        }
        let overridden = server.client.get(path).header("X-HTTP-Method-Override", "POST").send();
        assert_eq!(overridden.status, 405);
    }
    for path in GETS {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = server.client.request(method, path).send();
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("Allow").is_some_and(|allow| allow.starts_with("GET")));
        }
    }
}

// Covers: T16
#[test]
fn a_compressed_body_is_refused_before_it_is_unpacked() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();

    for path in POSTS.into_iter().chain(GETS) {
        for encoding in ["gzip", "br", "deflate", "zstd", "compress", "GZIP", "gzip, identity", "identity, br", "x"] {
            let answer =
                request(&site, &server, path).header("Content-Encoding", encoding).body(FORM, "token=x").send();
            assert_eq!((answer.status, answer.error().as_str()), (415, "unsupported_content_encoding"), "{path}");
        }
        let two = request(&site, &server, path).header("Content-Encoding", "identity").header("Content-Encoding", "br");
        assert_eq!(two.body(FORM, "token=x").send().status, 415);
    }
    let plain = request(&site, &server, "/oauth/introspect").header("Content-Encoding", "identity");
    assert_eq!(plain.form(&[("token", "x")]).send().status, 200);
    let chunked = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {FORM}\r\nContent-Encoding: br\r\n\
         Transfer-Encoding: chunked\r\n\r\n4\r\n\u{1}\u{2}\u{3}\u{4}\r\n0\r\n\r\n",
        server.address
    );
    assert!(raw(server.address, chunked.as_bytes()).starts_with("HTTP/1.1 415 "));
}

// Covers: T17, RS-05
#[test]
fn a_token_in_the_url_is_never_accepted() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let key = site.key("viewer", &[0]);
    let token = server.mint(&key);
    let (id, secret) = site.resource_server.pair();
    let gateway = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let verify =
        |query: &str| server.client.get(&format!("/oauth/verify?{query}")).header("X-Keystead-Gateway", &gateway);

    for query in
        [format!("access_token={token}"), format!("acces%73_token={token}"), format!("x=1&access_token={token}")]
    {
        assert_eq!(verify(&query).send().status, 400);
        assert_eq!(verify(&query).bearer(&token).send().status, 400, "in two places");
    }
    assert_eq!(verify(&format!("token={token}")).send().status, 400, "nor under another name");
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let post = server.client.post(&format!("{path}?token={token}")).basic(&key.client_id, &key.secret);
        let answer = post.form(&[("x", "1")]).send();
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{path}");
    }
    assert!(server.is_active(&site.resource_server, &token), "nothing was revoked");
}

// Covers: H5
#[test]
fn everything_that_a_request_brings_has_a_limit() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let sized = |length: usize| format!("token=x&pad={}", "a".repeat(length - "token=x&pad=".len()));
    let many = |count: usize| (1..count).map(|number| format!("&p{number}=1")).collect::<Vec<_>>().concat();

    for path in POSTS {
        let ask = |body: String| request(&site, &server, path).body(FORM, body).send();
        let fits = |answer: &Response| answer.status == 200 || path == "/oauth/token" && answer.status == 400;
        assert!(fits(&ask(sized(64 * 1024))));
        let large = ask(sized(64 * 1024 + 1));
        assert_eq!((large.status, large.error().as_str()), (413, "invalid_request"));
        assert!(fits(&ask(format!("token=x{}", many(64)))));
        assert!(!ask(format!("token=x{}", many(64))).body.contains("64 parameters"));
        let crowded = ask(format!("token=x{}", many(65)));
        assert_eq!((crowded.status, crowded.error().as_str()), (400, "invalid_request"));
        assert!(crowded.body.contains("64 parameters"));
    }
    for path in POSTS.into_iter().chain(GETS) {
        let long = request(&site, &server, &format!("{path}?{}", "a".repeat(8 * 1024))).send();
        assert_eq!(long.status, 414, "{path}");
        let heavy = request(&site, &server, path).header("X-Heavy", &"a".repeat(16 * 1024)).send();
        assert_eq!(heavy.status, 431, "{path}");
        assert_eq!(server.client.get(METADATA).header("X-Heavy", &"a".repeat(15 * 1024)).send().status, 200);
    }
    let chunks = format!("8000\r\n{0}\r\n8000\r\n{0}\r\n8000\r\n{0}\r\n0\r\n\r\n", "a".repeat(0x8000));
    let announced_nothing = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {FORM}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{chunks}",
        server.address
    );
    assert!(raw(server.address, announced_nothing.as_bytes()).starts_with("HTTP/1.1 413 "));
}

on_both! {
    // Covers: H7
    #[test]
    fn text_that_no_database_takes_is_refused_before_it_gets_there(backend) {
        let site = TestSite::new(backend);
        let server = site.serve();
        let (id, secret) = site.resource_server.pair();
        let bad = ["%00", "%ff", "%c3", "%ed%a0%80", "%0a", "%0d%0a", "%7f", "%c2%80", "%1b%5b", "%zz", "%", "%4"];

        for path in POSTS {
            for value in bad {
                for name in ["grant_type", "scope", "resource", "client_id", "token_type_hint", "unknown"] {
                    let body = format!("x=1&{name}=a{value}");
                    let answer = raw(server.address, &post_bytes(&server, path, &basic(id, secret), body.as_bytes()));
                    let refused = answer.starts_with("HTTP/1.1 400 ") && answer.contains(r#""error":"invalid_request""#);
                    assert!(refused, "{path} {body}: {answer}");
                }
                for body in [format!("a{value}=1"), format!("client_id={id}&client_secret=a{value}")] {
                    let answer = raw(server.address, &post_bytes(&server, path, "", body.as_bytes()));
                    assert!(answer.starts_with("HTTP/1.1 400 "), "{path} {body}: {answer}");
                }
            }
            let unescaped = raw(server.address, &post_bytes(&server, path, &basic(id, secret), b"scope=\xff\xfe\0"));
            assert!(unescaped.starts_with("HTTP/1.1 400 "), "{path}: {unescaped}");
        }
        for value in ["%00", "%ff", "%c3", "%ed%a0%80", "%0a"] {
            let body = format!("token=a{value}");
            let ask = |path: &str| raw(server.address, &post_bytes(&server, path, &basic(id, secret), body.as_bytes()));
            assert!(ask("/oauth/introspect").ends_with(r#"{"active":false}"#), "such a token is unknown");
            assert!(ask("/oauth/revoke").starts_with("HTTP/1.1 200 "));
        }
        assert_eq!(server.client.get(METADATA).send().status, 200);
    }
}

// Covers: H8
#[test]
fn no_other_origin_may_read_anything() {
    let site = TestSite::new(Backend::Sqlite);
    let server = site.serve();
    let origins = [
        "https://evil.example",
        "null",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8080.evil.example",
        "https://evil127.0.0.1",
        "*",
    ];
    for path in POSTS.into_iter().chain(GETS) {
        for origin in origins {
            let preflight = server.client.request("OPTIONS", path).header("Origin", origin);
            let preflight = preflight
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization")
                .send();
            let simple = request(&site, &server, path).header("Origin", origin).send();
            for answer in [preflight, simple] {
                let allowed = answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
                assert!(!allowed, "{path} {origin}: {answer:?}");
                assert!(answer.header("Set-Cookie").is_none());
            }
        }
    }
}
