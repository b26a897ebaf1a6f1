//! A server with TLS listeners of its own.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustls::pki_types::CertificateDer;
use ureq::http;

use crate::{
    installation::{Installation, Node},
    support::{backend::Backend, http::Client, site::Credential},
    tls_client::TlsClient,
};

/// Ends a wait that would never end.
const DEADLINE: Duration = Duration::from_mins(1);

/// A site that is reached over TLS and nothing else.
pub(crate) struct Https {
    pub(crate) site: Installation,
    pub(crate) node: Node,
    pub(crate) issuer: String,
    pub(crate) certificate: CertificateDer<'static>,
    folder: tempfile::TempDir,
}

impl Https {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let issuer = format!("https://localhost:{port}");
        let site = Installation::with_issuer(Backend::Sqlite, &issuer);
        let certificate = issue(folder.path());
        let node = site.node_with(|command| {
            let [certificate, key] = files(folder.path());
            command
                .env("KEYSTEAD_LISTEN__ADDRESS", "off")
                .env("KEYSTEAD_TLS__ADDRESS", format!("127.0.0.1:{port}"))
                .env("KEYSTEAD_TLS__CERTIFICATE_FILE", certificate)
                .env("KEYSTEAD_TLS__KEY_FILE", key)
                .env("KEYSTEAD_TLS__RELOAD_INTERVAL", "1s");
        });
        Self { site, node, issuer, certificate, folder }
    }

    pub(crate) fn client(&self) -> TlsClient {
        TlsClient::new(self.node.address, &self.certificate)
    }

    fn request(&self, path: &str, client: &Credential, body: &str) -> http::Request<Vec<u8>> {
        let both = format!("client_id={}&client_secret={}&{body}", client.client_id, client.secret);
        http::Request::post(format!("{}{path}", self.issuer))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(both.into_bytes())
            .expect("a request")
    }
}

fn files(folder: &Path) -> [PathBuf; 2] {
    ["certificate.pem", "key.pem"].map(|name| folder.join(name))
}

/// Puts a new certificate and its key in place.
fn issue(folder: &Path) -> CertificateDer<'static> {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let [certificate, key] = files(folder);
    fs::write(key, issued.signing_key.serialize_pem()).expect("a file");
    fs::write(certificate, issued.cert.pem()).expect("a file");
    issued.cert.der().clone()
}

// Covers: TE-16, MD-01
#[test]
fn a_token_is_given_and_checked_over_tls() {
    let https = Https::start();
    let key = https.site.key("viewer@1001");
    let client = https.client();
    let send = |path: &str, by: &Credential, body: &str| -> (u16, serde_json::Value) {
        let answer = client.send(&https.request(path, by, body)).expect("an answer over TLS");
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).expect("JSON"))
    };
    let (status, got) = send("/oauth/token", &key, "grant_type=client_credentials");
    assert_eq!(status, 200, "{got}");
    let token = format!("token={}", got["access_token"].as_str().expect("a token"));
    let (_, told) = send("/oauth/introspect", &https.site.api, &token);
    assert_eq!((told["active"].as_bool(), told["iss"].as_str()), (Some(true), Some(https.issuer.as_str())));
    assert_eq!(send("/oauth/revoke", &key, &token).0, 200);
    assert_eq!(send("/oauth/introspect", &https.site.api, &token).1["active"], false);

    // Who speaks plain HTTP to that port gets no answer that he could use.
    let plain = Client::new(format!("http://{}", https.node.address)).get("/oauth/jwks").try_send();
    assert!(plain.is_err(), "{plain:?}");
}

// Covers: TE-16
#[test]
fn a_certificate_that_is_replaced_is_used_without_a_restart() {
    let https = Https::start();
    let newer = issue(https.folder.path());
    assert_ne!(newer, https.certificate);
    let renewed = TlsClient::new(https.node.address, &newer);
    let request = http::Request::get(format!("{}/oauth/jwks", https.issuer)).body(Vec::new()).expect("a request");
    let began = Instant::now();
    let answer = loop {
        match renewed.send(&request) {
            Ok(answer) => break answer,
            Err(error) => assert!(began.elapsed() < DEADLINE, "{error}\n{}", https.node.process.stderr_so_far()),
        }
    };
    assert_eq!(answer.status().as_u16(), 200);
    https.client().send(&request).expect_err("the old certificate is gone");
}

// Covers: TE-16
#[test]
fn plain_http_for_everybody_is_refused_at_the_start() {
    let site = Installation::new(Backend::Sqlite);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let mut command = site.command(&["serve"]);
        command.env("KEYSTEAD_LISTEN__ADDRESS", address).env("KEYSTEAD_MANAGEMENT__ADDRESS", "127.0.0.1:0");
        let refused = crate::support::process::finish(&mut command);
        assert_eq!(refused.status.code(), Some(1), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("plain HTTP") && refused.stderr.contains("proxy.trusted"),
            "{}",
            refused.stderr
        );
    }
}

// Covers: TE-16
#[test]
fn an_https_issuer_without_tls_and_without_a_proxy_is_refused_at_the_start() {
    let site = Installation::with_issuer(Backend::Sqlite, "https://id.example.com");
    let refused = site.try_run(&["serve"]);
    assert_eq!(refused.status.code(), Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("tls.address"), "{}", refused.stderr);
}
