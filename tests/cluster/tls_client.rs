//! A client that speaks TLS and trusts one certificate: one request a connection, so each shows who answered it.

use std::{
    fmt::Write as _,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use ureq::http;

/// Ends a request that hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// Trusts one certificate at one address.
pub(crate) struct TlsClient {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

impl TlsClient {
    pub(crate) fn new(address: SocketAddr, trusted: &CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).expect("a certificate");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { address, config: Arc::new(config) }
    }

    /// Sends a request to `localhost`, whatever host its URL names.
    pub(crate) fn send(&self, request: &http::Request<Vec<u8>>) -> io::Result<http::Response<Vec<u8>>> {
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect(self.address)?;
        socket.set_read_timeout(Some(DEADLINE))?;
        let mut stream = StreamOwned::new(connection, socket);
        stream.write_all(&written(request))?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            _ => read(&answer).ok_or_else(|| io::Error::other("not an HTTP answer")),
        }
    }
}

fn written(request: &http::Request<Vec<u8>>) -> Vec<u8> {
    let (uri, body) = (request.uri(), request.body());
    let host = uri.authority().map_or("localhost", http::uri::Authority::as_str);
    let mut bytes = format!("{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", request.method(), uri.path());
    for (name, value) in request.headers() {
        write!(bytes, "{name}: {}\r\n", value.to_str().expect("visible ASCII")).expect("a string takes everything");
    }
    write!(bytes, "Content-Length: {}\r\n\r\n", body.len()).expect("a string takes everything");
    [bytes.as_bytes(), body].concat()
}

fn read(answer: &[u8]) -> Option<http::Response<Vec<u8>>> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (status, headers) = head.split_once("\r\n")?;
    let mut response = http::Response::builder().status(status.split(' ').nth(1)?);
    for header in headers.split("\r\n") {
        let (name, value) = header.split_once(": ")?;
        response = response.header(name, value);
    }
    response.body(body.as_bytes().to_vec()).ok()
}
