//! Calls to others over TLS, and to those who answer badly.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use keystead::{
    config::Issuer,
    crypto::install_provider,
    jobs::outgoing::{CallError, Outgoing},
};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivatePkcs8KeyDer};

use crate::application::{Listening, NOTHING};

fn issuer() -> Issuer {
    Issuer::parse("http://127.0.0.1:8080").expect("an issuer")
}

/// Answers 204 over TLS as `localhost`. Answers with its certificate in DER as well.
fn tls_server() -> (SocketAddr, Vec<u8>) {
    install_provider();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key.into()).expect("they belong together");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("it is fit");
            let mut stream = StreamOwned::new(connection, stream.expect("a connection"));
            // Who does not trust us hangs up.
            if stream.read(&mut [0; 4096]).is_ok_and(|bytes| bytes > 0) {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
            }
        }
    });
    (address, made.cert.der().to_vec())
}

// Covers: H9
#[test]
fn a_certificate_must_be_of_a_known_authority_and_of_that_name() {
    let (address, authority) = tls_server();
    let url = format!("https://localhost:{}/logout", address.port());
    let trusting = Outgoing::with_authorities(&issuer(), &[authority]);
    assert_eq!(trusting.post_form(&url, &[("logout_token", "x")]), Ok(204));
    let by_address = format!("https://{address}/logout");
    assert!(matches!(trusting.post_form(&by_address, &[]), Err(CallError::Failed(_))), "another name");
    let usual = Outgoing::of(&issuer()).post_form(&url, &[]);
    assert!(matches!(usual, Err(CallError::Failed(_))), "{usual:?}");
}

// Covers: H9
#[test]
fn a_call_ends_after_five_seconds_and_reads_no_long_answer() {
    let outgoing = Outgoing::of(&issuer());
    let begun = Instant::now();
    assert_eq!(outgoing.post_form(&Listening::answering(&[NOTHING]).url(), &[]), Err(CallError::TimedOut));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let long_head = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "a".repeat(100_000));
    let answer = outgoing.post_form(&Listening::answering(&[&long_head]).url(), &[]);
    assert!(matches!(answer, Err(CallError::Failed(_))), "{answer:?}");
    let long_body = format!("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n{}", "a".repeat(100_000));
    assert_eq!(outgoing.post_form(&Listening::answering(&[&long_body]).url(), &[]), Ok(200), "its body is not read");
}
