//! Requests whose end two parties could see in different places are refused and the connection is closed.

use crate::support::start;

// Covers: H3
#[test]
fn a_request_with_ambiguous_framing_is_refused_and_the_connection_closed() {
    let server = start();
    let cases = [
        (
            "CL and TE",
            "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "TE and CL",
            "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        ),
        ("two CL, different", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ("two CL, equal", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ("CL list", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na"),
        ("CL with sign", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na"),
        ("negative CL", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na"),
        ("unknown TE", "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("chunked not last", "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        (
            "two TE",
            "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        ),
        ("TE on 1.0", "POST /form HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("space before colon", "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\na"),
        ("folded line", "POST /form HTTP/1.1\r\nHost: a\r\nX-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        ("no Host", "GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        (
            "bad chunk size",
            "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        ),
    ];
    for (case, request) in cases {
        assert_eq!(server.send(request).status(), 400, "{case}");
    }
    assert_eq!(server.get("/", "").status(), 200, "the server lives on");
}
