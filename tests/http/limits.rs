//! Size, time and encoding of what clients send.

use std::{io::Write, time::Duration};

use crate::support::{read_until_closed, start, start_with};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

fn post(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /form HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

// Covers: T15, TE-09
#[test]
fn a_body_is_read_only_if_it_is_declared_as_a_form() {
    let server = start();
    for kind in ["", "; charset=utf-8", ";charset=UTF-8", "; charset=\"utf-8\""] {
        let header = format!("Content-Type: Application/x-www-form-urlencoded{kind}\r\n");
        let answer = server.send(post(&header, "scope=read"));
        assert_eq!((answer.status(), answer.body()), (200, "10 bytes, scope Some(\"read\")"), "{kind}");
    }
    for header in [
        "",
        "Content-Type: application/json\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-16\r\n",
        "Content-Type: application/x-www-form-urlencodedx\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Type: application/json\r\n",
    ] {
        let answer = server.send(post(header, "scope=read"));
        assert_eq!(answer.status(), 400, "{header}");
        assert!(answer.body().starts_with(r#"{"error":"invalid_request","error_description":""#), "{}", answer.body());
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    }
}

// Covers: T15, TE-01
#[test]
fn another_method_is_told_which_one_there_is() {
    let server = start();
    let answer = server.get("/form?scope=read", "");
    assert_eq!((answer.status(), answer.header("allow")), (405, Some("POST")));
}

// Covers: TE-15, T17
#[test]
fn parameters_in_the_query_of_a_post_are_not_seen() {
    let server = start();
    let request = post(FORM, "a=b").replace("/form", "/form?scope=write");
    assert_eq!(server.send(request).body(), "3 bytes, scope None");
}

// Covers: T16
#[test]
fn an_encoded_body_is_refused_before_anyone_decodes_it() {
    let server = start();
    let bomb = "\u{1b}".repeat(810);
    for encoding in ["br", "gzip", "zstd", "deflate", "identity, br", "x"] {
        let headers = format!("{FORM}Content-Encoding: {encoding}\r\n");
        let answer = server.send(post(&headers, &bomb));
        assert_eq!(
            (answer.status(), answer.body()),
            (415, r#"{"error":"unsupported_content_encoding"}"#),
            "{encoding}"
        );
        let chunked = format!(
            "POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}Transfer-Encoding: chunked\r\n\r\n32a\r\n{bomb}\r\n0\r\n\r\n"
        );
        assert_eq!(server.send(chunked).status(), 415, "{encoding}, chunked");
    }
    assert_eq!(server.send(post(&format!("{FORM}Content-Encoding: Identity\r\n"), "a=b")).status(), 200);
}

// Covers: H5
#[test]
fn what_is_too_large_is_refused() {
    let server = start();
    let largest = format!("scope=read&x={}", "a".repeat(64 * 1024 - 13));
    assert_eq!(server.send(post(FORM, &largest)).status(), 200, "64 KiB");
    assert_eq!(server.send(post(FORM, &format!("{largest}a"))).status(), 413, "64 KiB and one byte");
    let chunks = format!("8000\r\n{}\r\n", "a".repeat(0x8000)).repeat(3);
    let chunked = format!(
        "POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
    );
    assert_eq!(server.send(chunked).status(), 413, "96 KiB in chunks");

    let query = "a".repeat(8 * 1024 - 2);
    assert_eq!(server.get(&format!("/?{query}"), "").status(), 200, "8 KiB of target");
    assert_eq!(server.get(&format!("/?{query}a"), "").status(), 414, "one byte more");
    assert_eq!(server.get("/", &format!("X-A: {}\r\n", "a".repeat(16 * 1024))).status(), 431, "16 KiB of header");

    let parameters: Vec<String> = (0..64).map(|number| format!("p{number}=1")).collect();
    assert_eq!(server.send(post(FORM, &parameters.join("&"))).status(), 200, "64 parameters");
    assert_eq!(server.send(post(FORM, &format!("{}&one=more", parameters.join("&")))).status(), 400, "65");
}

// Covers: H4
#[test]
fn a_body_that_does_not_arrive_in_time_is_answered_408_and_the_connection_closed() {
    let server = start_with(|setup| setup.body.time = Duration::from_millis(50));
    let head = format!("POST /form HTTP/1.1\r\nHost: a\r\n{FORM}");
    for (case, request) in [
        ("no byte", format!("{head}Content-Length: 12\r\n\r\n")),
        ("one byte", format!("{head}Content-Length: 12\r\n\r\na")),
        ("no chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n")),
        ("half a chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nab")),
        ("no last chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")),
    ] {
        let answer = server.send(request);
        assert_eq!(answer.status(), 408, "{case}");
        assert_eq!(answer.header("connection"), Some("close"), "{case}");
    }
}

// Covers: H4
#[test]
fn a_body_that_nobody_reads_does_not_hold_the_connection_open() {
    let server = start();
    for (target, headers, status) in [
        ("POST /nowhere", "Transfer-Encoding: chunked\r\n", 404),
        ("POST /nowhere", "Content-Length: 9\r\n", 404),
        ("GET /", "Transfer-Encoding: chunked\r\n", 200),
        ("GET /panic", "Transfer-Encoding: chunked\r\n", 500),
        ("POST /form", "Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n", 415),
        ("POST /form", "Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n", 400),
    ] {
        let answer = server.send(format!("{target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n1\r\na\r\n"));
        assert_eq!(answer.status(), status, "{target} {headers}");
    }
}

#[test]
fn a_connection_is_used_again_after_a_body_was_read_whole() {
    let server = start();
    let first =
        format!("POST /form HTTP/1.1\r\nHost: a\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n");
    let answer = server.send(first + &post(FORM, "scope=read"));
    assert!(answer.0.contains("3 bytes") && answer.0.ends_with("10 bytes, scope Some(\"read\")"), "{}", answer.0);
}

// Covers: H4
#[test]
fn a_head_that_does_not_arrive_in_time_is_answered_408_and_the_connection_closed() {
    let server = start_with(|setup| setup.server.head_time = Duration::from_millis(50));
    assert_eq!(server.send("POST /form HTTP/1.1\r\nHost:").status(), 408);
}

// Covers: H4
#[test]
fn a_body_that_comes_in_pieces_is_read_whole() {
    let server = start();
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    for piece in post(FORM, "scope=read").as_bytes().chunks(7) {
        stream.write_all(piece).unwrap();
    }
    assert_eq!(read_until_closed(stream).body(), "10 bytes, scope Some(\"read\")");
}

// Covers: H4
#[test]
fn a_connection_on_which_nothing_happens_is_closed() {
    let server = start_with(|setup| setup.server.keep_alive = Duration::from_millis(50));
    let answer = server.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((answer.status(), answer.body()), (200, "hello"));
}
