//! The listener for operators, and how the server stops.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use keystead::{
    http::{
        guard::{Guard, GuardOptions},
        server::{BindError, ServerOptions, bind},
        shutdown::Stop,
    },
    metrics::Metrics,
};

use crate::support::{LOOPBACK, Running, read_until_closed, start, start_with};

fn ask(server: &Running, path: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("http://{}{path}", server.management)).call().unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

// Covers: H10
#[test]
fn management_says_whether_the_process_lives_and_can_decide() {
    let ready = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&ready);
    let server = start_with(|setup| {
        setup.guard.allowed_hosts = vec!["id.example.com".into()];
        setup.ready = Arc::new(move || {
            let ready = asked.load(Ordering::SeqCst);
            Box::pin(async move { if ready { Ok(()) } else { Err("the database is out of reach") } })
        });
    });
    assert_eq!(ask(&server, "/livez"), (200, "alive".to_owned()));
    assert_eq!(ask(&server, "/readyz"), (200, "ready".to_owned()));
    ready.store(false, Ordering::SeqCst);
    assert_eq!(ask(&server, "/readyz"), (503, "the database is out of reach".to_owned()));
    assert_eq!(ask(&server, "/livez").0, 200);
    assert_eq!(ask(&server, "/form").0, 404);
    assert_eq!(server.get("/livez", "Host: id.example.com\r\n").status(), 400, "two hosts");
}

// Covers: H10, OM-01
#[test]
fn figures_are_on_the_management_listener_in_the_text_format_of_prometheus() {
    let server = start();
    for path in ["/", "/", "/nowhere", "/panic", "/peer?x=%0Akeystead_fake%201"] {
        server.get(path, "");
    }
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("http://{}/metrics", server.management)).call().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.body_mut().read_to_string().unwrap();
    for line in [
        r#"keystead_build_info{version="1.2.3"} 1"#,
        r#"keystead_http_requests_total{endpoint="/",status="2xx"} 2"#,
        r#"keystead_http_requests_total{endpoint="/panic",status="5xx"} 1"#,
        r#"keystead_http_requests_total{endpoint="/peer",status="2xx"} 1"#,
        r#"keystead_http_requests_total{endpoint="none",status="4xx"} 1"#,
        r#"keystead_http_request_duration_seconds_bucket{endpoint="/",le="+Inf"} 2"#,
        r#"keystead_http_request_duration_seconds_count{endpoint="/"} 2"#,
        "keystead_panics_total 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("nowhere") && !text.contains("fake"), "{text}");
    assert_eq!(agent.post(format!("http://{}/metrics", server.management)).send_empty().unwrap().status(), 405);
}

// Covers: H10
#[test]
fn health_and_figures_are_not_on_the_public_listener() {
    let server = start();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(server.get(path, "").status(), 404, "{path}");
    }
}

#[test]
fn a_stopped_server_has_left_its_addresses() {
    for how in [Stop::Drain, Stop::Now] {
        let mut server = start();
        assert_eq!(server.get("/", "").status(), 200);
        server.stop(how);
        assert!(TcpStream::connect(server.plain).is_err() && TcpStream::connect(server.management).is_err());
    }
}

// Covers: H10
#[test]
fn a_stopping_server_says_so_and_still_answers_what_it_has_begun() {
    for how in [Stop::Drain, Stop::Now] {
        let mut server = start();
        let mut stream = server.connect();
        let head = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        stream.write_all(format!("{head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n").as_bytes()).unwrap();
        let mut begun = [0; 25];
        stream.read_exact(&mut begun).unwrap();
        assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");

        server.begin_stop(how);
        let deadline = Instant::now() + Duration::from_secs(30);
        while ask(&server, "/readyz") != (503, "stopping".to_owned()) {
            assert!(Instant::now() < deadline, "/readyz never said that the server stops");
        }
        assert_eq!(ask(&server, "/livez").0, 200);
        stream.write_all(b"scope=read").unwrap();
        assert_eq!(read_until_closed(stream).body(), "10 bytes, scope Some(\"read\")");
        server.stop(how);
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let mut options = ServerOptions::new(std::num::NonZeroUsize::MIN);
    let guard = Guard::new(GuardOptions::new(1));
    let metrics = || Arc::new(Metrics::new("1.2.3", 0.0));
    let bound = |options: &ServerOptions| {
        bind(options, &guard, Arc::new(|| Box::pin(async { Ok(()) })), metrics(), |_| {}).err()
    };
    assert!(matches!(bound(&options), Some(BindError::NoListener)));
    options.plain = Some(taken.local_addr().unwrap());
    let error = bound(&options).unwrap().to_string();
    assert!(error.contains(&taken.local_addr().unwrap().to_string()), "{error}");
}
