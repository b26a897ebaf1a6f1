//! TLS versions, and certificates that are replaced while the server runs.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use keystead::http::{
    server::TlsOptions,
    tls::{Certificate, CertificateFiles, Refresh, TlsError},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};

use crate::support::{LOOPBACK, start_with};

/// Writes a new certificate and its key, and gives the certificate back.
fn issue(files: &CertificateFiles) -> CertificateDer<'static> {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(&files.certificate, issued.cert.pem()).unwrap();
    fs::write(&files.key, issued.signing_key.serialize_pem()).unwrap();
    issued.cert.der().clone()
}

fn files(folder: &Path) -> CertificateFiles {
    CertificateFiles {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
        reload_interval: Duration::from_millis(5),
    }
}

/// What one connection showed: certificate, ALPN protocol and answer.
type Shown = (CertificateDer<'static>, Option<Vec<u8>>, String);

fn connect(
    address: SocketAddr,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&str],
    trusted: &[CertificateDer<'static>],
) -> std::io::Result<Shown> {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone()).unwrap();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(b"GET /peer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let certificate = stream.conn.peer_certificates().unwrap()[0].clone().into_owned();
    Ok((certificate, stream.conn.alpn_protocol().map(<[u8]>::to_vec), answer))
}

// Covers: H12, L117
#[test]
fn tls_1_2_and_1_3_are_spoken_and_a_new_certificate_is_taken_over_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let first = issue(&files);
    let server = start_with(|setup| setup.server.tls = Some(TlsOptions { listen: LOOPBACK, files: files.clone() }));
    let address = server.tls.unwrap();
    assert_ne!(address, server.plain);

    for version in [&TLS12, &TLS13] {
        let (certificate, alpn, answer) =
            connect(address, &[version], &["http/1.1"], std::slice::from_ref(&first)).unwrap();
        assert_eq!((certificate, alpn.as_deref()), (first.clone(), Some(b"http/1.1".as_slice())));
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1 true"), "{answer}");
    }
    assert!(connect(address, &[&TLS13], &["h2"], std::slice::from_ref(&first)).is_err(), "HTTP/2 is not offered");

    let second = issue(&files);
    let trusted = [first, second.clone()];
    let deadline = Instant::now() + Duration::from_secs(30);
    while connect(address, &[&TLS13], &[], &trusted).unwrap().0 != second {
        assert!(Instant::now() < deadline, "the new certificate was not taken over");
    }
}

// Covers: H12
#[test]
fn a_certificate_that_cannot_be_used_leaves_the_old_one_in_service_and_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    issue(&files);
    let mut certificate = Certificate::load(files.clone()).unwrap();
    assert!(matches!(certificate.refresh(), Refresh::Unchanged));

    fs::write(&files.certificate, "half of it").unwrap();
    assert!(matches!(certificate.refresh(), Refresh::Kept(TlsError::NoCertificate { .. })));
    assert!(matches!(certificate.refresh(), Refresh::Unchanged));
    fs::remove_file(&files.certificate).unwrap();
    assert!(matches!(certificate.refresh(), Refresh::Kept(TlsError::Unreadable { .. })));

    issue(&files);
    assert!(matches!(certificate.refresh(), Refresh::TakenOver));
}

// Covers: H12
#[test]
fn what_is_wrong_with_a_certificate_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let load = || Certificate::load(files.clone()).unwrap_err();
    let missing = load();
    assert!(matches!(missing, TlsError::Unreadable { .. }) && missing.to_string().contains("tls.crt"), "{missing}");

    issue(&files);
    let of_the_first = fs::read(&files.key).unwrap();
    issue(&files);
    fs::write(&files.key, of_the_first).unwrap();
    let mismatch = load();
    assert!(matches!(mismatch, TlsError::Unusable { .. }) && mismatch.to_string().contains("tls.key"), "{mismatch}");

    fs::write(&files.key, "nothing").unwrap();
    assert!(matches!(load(), TlsError::NoKey { .. }));
}
