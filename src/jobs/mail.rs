//! Writes and sends letters, beside the requests. Neither an address nor a link is ever logged.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
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

use super::{
    counts::{JobCounts, Sent},
    courier::{self, Courier},
    event_mail::MailErrand,
    letters::{self, WrittenLetter},
};
use crate::{
    config::{Issuer, Mail, mail::Protection},
    crypto::random::OsRandom,
    live::Live,
    manage::{
        self, Deps,
        invitation_mail::{self, Outcome},
        logins::write_reset,
        outbox::{Letter, Letters},
    },
    store::{Store, invitations::KeptInvitation},
};

/// How long to wait for the mail server.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the end is looked for.
const TURN: Duration = Duration::from_millis(200);
/// How often invitations that are to be mailed are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// A database that is out of reach is not asked, and the log not written to, every second.
const LOOK_AFTER_FAILURE: Duration = Duration::from_secs(10);
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

/// The threads that send: letters that somebody has just asked for, and those about events. Dropping it ends them after the
/// letters that they are at.
pub struct Mailer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _events: courier::Running<MailErrand>,
}

impl Mailer {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`MailerError`].
    pub fn start(context: MailContext) -> Result<Self, MailerError> {
        let transport = transport(&context.mail, &context.issuer)?;
        let from = sender(&context.mail)?;
        let events = Courier::sent_for(event_errand(&context)?).counting(context.counts.clone()).start()?;
        let stop = Arc::new(AtomicBool::new(false));
        let sender = Sender { context, transport, from, stop: Arc::clone(&stop) };
        let thread = std::thread::Builder::new().name("keystead-mail".to_owned()).spawn(move || sender.run())?;
        Ok(Self { stop, thread: Some(thread), _events: events })
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

/// Letters about events, on their way through the mail server of these settings.
///
/// # Errors
/// [`MailerError::Settings`].
pub fn event_errand(context: &MailContext) -> Result<MailErrand, MailerError> {
    let MailContext { live, mail, issuer, .. } = context;
    let (transport, from) = (transport(mail, issuer)?, sender(mail)?);
    Ok(MailErrand { live: Arc::clone(live), transport, from, issuer: issuer.clone() })
}

fn sender(mail: &Mail) -> Result<Mailbox, MailerError> {
    mail.from.parse().map_err(|error| MailerError::Settings(format!("mail.from: {error}")))
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
        let mut next_look = Instant::now();
        while !self.is_stopped() {
            match self.context.letters.next(TURN) {
                Ok(Some(letter)) => self.deliver(&letter),
                Ok(None) => {}
                Err(_) => return,
            }
            if Instant::now() >= next_look {
                next_look = Instant::now() + if self.invite() { LOOK } else { LOOK_AFTER_FAILURE };
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn store(&self) -> &Store {
        self.context.live.executor().store()
    }

    fn deliver(&self, letter: &Letter) {
        let Letter::Forgotten(name) = letter;
        let site = self.context.issuer.host();
        let mail = match write_reset(self.store(), &self.context.deps, name) {
            Ok(Some(mail)) => mail,
            Ok(None) => return,
            Err(error) => return report(&error),
        };
        match letters::reset(site, &mail).map_err(NotWritten::from).and_then(|letter| self.message(letter)) {
            Ok(message) => self.send(&message),
            Err(error) => report(&error),
        }
    }

    /// Sends it now or within seconds, or never: the link is short-lived.
    fn send(&self, message: &Message) {
        let mut retries = RETRIES.iter();
        loop {
            let pause = match (self.hand_over(message), retries.next()) {
                (Outcome::NotNow, Some(pause)) if !self.is_stopped() => pause,
                (Outcome::Sent, _) => return,
                _ => {
                    self.context.counts.letters.inc(Sent::Dropped);
                    return tracing::error!("a letter is dropped");
                }
            };
            std::thread::park_timeout(*pause);
        }
    }

    /// What a mail server answers can repeat the address, so only its kind is logged.
    fn hand_over(&self, message: &Message) -> Outcome {
        match self.transport.send(message) {
            Ok(_) => {
                self.context.counts.letters.inc(Sent::Sent);
                Outcome::Sent
            }
            Err(error) if error.is_permanent() => {
                tracing::error!(status = ?error.status(), "the mail server refused a letter");
                Outcome::Refused
            }
            Err(error) => {
                tracing::warn!(status = ?error.status(), "the mail server is unreachable or busy");
                Outcome::NotNow
            }
        }
    }

    /// Mails the invitations that are due. Whether the database answered.
    fn invite(&self) -> bool {
        let mailed = invitation_mail::due(self.store()).and_then(|due| {
            due.iter().take_while(|_| !self.is_stopped()).try_for_each(|kept| self.mail_invitation(kept))
        });
        mailed.map_err(|error| report(&error)).is_ok()
    }

    fn mail_invitation(&self, kept: &KeptInvitation) -> Result<(), manage::Error> {
        let Some(mail) = invitation_mail::take(self.store(), &self.context.deps, kept)? else { return Ok(()) };
        let letter = letters::invitation(self.context.issuer.host(), &mail);
        let outcome = match letter.map_err(NotWritten::from).and_then(|letter| self.message(letter)) {
            Ok(message) => self.hand_over(&message),
            Err(error) => {
                report(&error);
                Outcome::Refused
            }
        };
        invitation_mail::note(self.store(), &mail, outcome)
    }

    fn message(&self, letter: WrittenLetter<'_>) -> Result<Message, NotWritten> {
        let WrittenLetter { to, subject, text } = letter;
        let to: Mailbox = Mailbox::new(None, to.as_str().parse().map_err(|_| lettre::error::Error::MissingTo)?);
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(message_id(self.context.issuer.host())))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)?;
        Ok(message)
    }
}

/// A letter has no form that can be sent.
#[derive(Debug, Error)]
enum NotWritten {
    #[error(transparent)]
    Words(#[from] askama::Error),
    #[error(transparent)]
    Form(#[from] lettre::error::Error),
}

/// Unique, and tells nothing.
fn message_id(site: &str) -> String {
    let random = OsRandom::bytes::<16>().unwrap_or_default();
    let host = site.split(':').next().unwrap_or_default();
    format!("<{:032x}@{host}>", u128::from_be_bytes(random))
}

fn report(error: &dyn std::error::Error) {
    tracing::error!(%error, "a letter could not be written");
}
