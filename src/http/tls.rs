//! TLS 1.2 and 1.3 by rustls, with a certificate that is replaced on disk and taken over without a restart (H12).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use thiserror::Error;
use tokio::time::MissedTickBehavior;

/// Where the certificate is, and how often to look whether it was replaced.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// PEM: the certificate of this server first, then the intermediate ones.
    pub certificate: PathBuf,
    /// PEM: the private key, as PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
    /// How often the files are looked at.
    pub reload_interval: Duration,
}

/// Why there is no certificate to serve.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file is not there or may not be read.
    #[error("cannot read `{path}`: {cause}; check that it exists and that this process may read it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The certificate file holds no PEM certificate.
    #[error("`{path}` has no readable PEM certificate; it must begin with -----BEGIN CERTIFICATE-----")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The key file holds no PEM private key.
    #[error("`{path}` has no readable PEM private key; give an unencrypted PKCS#8, PKCS#1 or SEC1 key")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// Both are readable, but TLS cannot use them.
    #[error("`{certificate}` and `{key}` cannot be used together: {cause}; give the key that the certificate is for")]
    Unusable {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What rustls said.
        cause: rustls::Error,
    },
    /// The cryptography lacks something that TLS needs.
    #[error("cannot set up TLS: {0}; this is a defect of this build")]
    Setup(rustls::Error),
}

/// The certificate that is served, and the files that it comes from.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    seen: Stamp,
    current: Resolver,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug, Clone)]
struct Resolver(Arc<ArcSwap<CertifiedKey>>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What a look at the files found.
#[derive(Debug)]
pub enum Refresh {
    /// The same files as at the last look.
    Unchanged,
    /// New ones; handshakes from now on get them.
    TakenOver,
    /// New ones that cannot be used; the previous certificate stays.
    Kept(TlsError),
}

/// What tells one content of the files from the next.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    /// Loads the files.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what to do.
    pub fn load(files: CertificateFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = stamp(&files);
        let current = read(&files, &provider)?;
        Ok(Self { files, seen, current: Resolver(Arc::new(ArcSwap::from_pointee(current))), provider })
    }

    /// The TLS settings of a listener that serves whatever certificate is the current one. actix adds `http/1.1` as the
    /// one ALPN protocol.
    ///
    /// # Errors
    /// [`TlsError::Setup`].
    pub fn server_config(&self) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.current.clone()));
        Ok(config)
    }

    /// Looks at the files once.
    pub fn refresh(&mut self) -> Refresh {
        // Stamped before it is read: a change during the reading is seen as one by the next look.
        let stamp = stamp(&self.files);
        if self.seen == stamp {
            return Refresh::Unchanged;
        }
        self.seen = stamp;
        match read(&self.files, &self.provider) {
            Ok(new) => {
                self.current.0.store(Arc::new(new));
                Refresh::TakenOver
            }
            Err(error) => Refresh::Kept(error),
        }
    }

    /// Looks at the files for ever and says in the log, once each, what was taken over and what cannot be used.
    pub(super) async fn follow(mut self) {
        let mut ticks = tokio::time::interval(self.files.reload_interval.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.refresh() {
                Refresh::Unchanged => {}
                Refresh::TakenOver => tracing::info!(
                    certificate = %self.files.certificate.display(),
                    "took over the certificate that was replaced on disk"
                ),
                Refresh::Kept(error) => tracing::error!(
                    %error,
                    "the certificate on disk cannot be used, so the previous one stays in service"
                ),
            }
        }
    }
}

fn stamp(files: &CertificateFiles) -> Stamp {
    [&files.certificate, &files.key].map(|path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn read(files: &CertificateFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let no_certificate = || TlsError::NoCertificate { path: files.certificate.clone() };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&files.certificate, error).unwrap_or_else(no_certificate))?;
    if chain.is_empty() {
        return Err(no_certificate());
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| {
        unreadable(&files.key, error).unwrap_or_else(|| TlsError::NoKey { path: files.key.clone() })
    })?;
    CertifiedKey::from_der(chain, key, provider).map_err(|cause| TlsError::Unusable {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        cause,
    })
}

fn unreadable(path: &Path, error: pem::Error) -> Option<TlsError> {
    match error {
        pem::Error::Io(cause) => Some(TlsError::Unreadable { path: path.to_owned(), cause }),
        _ => None,
    }
}
