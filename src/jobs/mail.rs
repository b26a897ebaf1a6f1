//! Writes and sends letters, beside the requests. Neither an address nor a link is ever logged.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use lettre::{
    Message, SmtpTransport, Transport,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use thiserror::Error;

use super::counts::{JobCounts, Sent};
use crate::{
    config::{Issuer, Mail, mail::Protection},
    crypto::random::OsRandom,
    domain::time::Timestamp,
    live::Live,
    manage::{
        self, Deps,
        logins::{ResetMail, write_reset},
        outbox::{Letter, Letters},
    },
};

/// How long to wait for the mail server.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the end is looked for.
const TURN: Duration = Duration::from_millis(200);
/// A letter that could not be handed over is tried again after these times, and then dropped: its link is short-lived.
const RETRIES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// What the letters are written and sent with.
pub struct MailContext {
    /// The view of this process, and through it the database.
    pub live: Arc<Live>,
    /// The master key.
    pub deps: Deps,
    /// The settings.
    pub mail: Mail,
    /// The name of the site.
    pub issuer: Issuer,
    /// What is to be written.
    pub letters: Letters,
    /// What is counted.
    pub counts: JobCounts,
}

/// Why there is nobody to send letters.
#[derive(Debug, Error)]
pub enum MailerError {
    /// The settings make no connection.
    #[error("mail cannot be sent with these settings: {0}")]
    Settings(String),
    /// No thread.
    #[error("mail cannot be sent: {0}")]
    Thread(#[from] std::io::Error),
}

/// The thread that sends. Dropping it ends the thread after the letter that it is at.
pub struct Mailer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mailer {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`MailerError`].
    pub fn start(context: MailContext) -> Result<Self, MailerError> {
        let transport = transport(&context.mail, &context.issuer)?;
        let from = context.mail.from.parse().map_err(|error| MailerError::Settings(format!("mail.from: {error}")))?;
        let stop = Arc::new(AtomicBool::new(false));
        let sender = Sender { context, transport, from, stop: Arc::clone(&stop) };
        let thread = std::thread::Builder::new().name("keystead-mail".to_owned()).spawn(move || sender.run())?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Mailer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        if thread.join().is_err() {
            tracing::error!("the thread that sends mail had failed");
        }
    }
}

fn transport(mail: &Mail, issuer: &Issuer) -> Result<SmtpTransport, MailerError> {
    let settings = |error: lettre::transport::smtp::Error| MailerError::Settings(error.to_string());
    let server = &mail.server;
    let parameters = || {
        let mut builder = TlsParameters::builder(server.host.clone());
        if let Some(authority) = &mail.authority {
            let certificate = Certificate::from_pem(authority).map_err(settings)?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build().map_err(settings)
    };
    let tls = match server.protection {
        Protection::Tls => Tls::Wrapper(parameters()?),
        Protection::StartTls => Tls::Required(parameters()?),
        Protection::None => Tls::None,
    };
    let name = issuer.host().split(':').next().unwrap_or_default();
    let builder = SmtpTransport::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(PATIENCE))
        .hello_name(ClientId::Domain(name.to_owned()));
    Ok(match &mail.credentials {
        Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.clone())),
        None => builder,
    }
    .build())
}

struct Sender {
    context: MailContext,
    transport: SmtpTransport,
    from: Mailbox,
    stop: Arc<AtomicBool>,
}

impl Sender {
    fn run(self) {
        while !self.is_stopped() {
            match self.context.letters.next(TURN) {
                Ok(Some(letter)) => self.deliver(&letter),
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn deliver(&self, letter: &Letter) {
        let Letter::Forgotten(name) = letter;
        let store = self.context.live.executor().store();
        let written = write_reset(store, &self.context.deps, name);
        let message = match written.map(|mail| mail.map(|mail| self.message(&mail))) {
            Ok(Some(Ok(message))) => message,
            Ok(None) => return,
            Ok(Some(Err(error))) => {
                tracing::error!(%error, "a letter could not be written");
                return;
            }
            Err(error) => {
                report(&error);
                return;
            }
        };
        self.send(&message);
    }

    fn send(&self, message: &Message) {
        let mut retries = RETRIES.iter();
        while let Err(error) = self.transport.send(message) {
            // What the server answers can repeat the address, so only its kind is logged.
            let kind = if error.is_permanent() { "refused" } else { "unreachable or busy" };
            let Some(pause) = retries.next().filter(|_| !error.is_permanent() && !self.is_stopped()) else {
                tracing::error!(status = ?error.status(), "the mail server is {kind}; a letter is dropped");
                self.context.counts.letters.inc(Sent::Dropped);
                return;
            };
            tracing::warn!(status = ?error.status(), "the mail server is {kind}; a letter will be tried again");
            std::thread::park_timeout(*pause);
        }
        self.context.counts.letters.inc(Sent::Sent);
    }

    fn message(&self, mail: &ResetMail) -> Result<Message, lettre::error::Error> {
        let site = self.context.issuer.host();
        let to: Mailbox = Mailbox::new(None, mail.to.as_str().parse().map_err(|_| lettre::error::Error::MissingTo)?);
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(message_id(site)))
            .subject(format!("Choose a new password for {site}"))
            .header(ContentType::TEXT_PLAIN)
            .body(text(site, &mail.link.expose(), mail.link.expires_at))
    }
}

/// Unique, and tells nothing.
fn message_id(site: &str) -> String {
    let random = OsRandom::bytes::<16>().unwrap_or_default();
    let host = site.split(':').next().unwrap_or_default();
    format!("<{:032x}@{host}>", u128::from_be_bytes(random))
}

fn text(site: &str, link: &str, expires_at: Timestamp) -> String {
    format!(
        "Somebody, probably you, has asked for a new password for your account at {site}.\n\n\
         With this link you choose one. It works once, until {expires_at}:\n\n{link}\n\n\
         If it was not you, there is nothing to do: your password stays as it is.\n"
    )
}

fn report(error: &manage::Error) {
    tracing::error!(%error, "a letter could not be written");
}
