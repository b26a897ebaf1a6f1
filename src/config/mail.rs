//! The mail server through which forgotten passwords are renewed and people are told of events. Without one, nothing is offered
//! that needs it.

use std::{fmt, path::PathBuf};

use lettre::message::Mailbox;
use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

use super::{
    error::ConfigError,
    validate::{Checks, secret_file},
};

/// How to hand mail over.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The mail server.
    pub server: MailServer,
    /// Who the mail is from: `Name <address>` or an address.
    pub from: String,
    /// User and password, if the server wants them.
    pub credentials: Option<(String, String)>,
    /// Certificates of the authority behind the server, in PEM, instead of those that the program knows.
    pub authority: Option<Vec<u8>>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.credentials.as_ref().map(|(user, _)| user);
        out.debug_struct("Mail")
            .field("server", &self.server)
            .field("from", &self.from)
            .field("user", &user)
            .finish_non_exhaustive()
    }
}

/// Where the mail server is and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the conversation is protected.
    pub protection: Protection,
}

/// How the conversation with the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Tls,
    /// TLS from the first commands on, or no mail.
    StartTls,
    /// None: the server is on this machine.
    None,
}

/// The text names no mail server that may be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidMailServer {
    /// Another form.
    #[error(
        "write it as `smtps://mail.example.com` or `smtp://mail.example.com:587`; credentials have settings of their own"
    )]
    Form,
    /// Links that let somebody in would cross a network in the clear.
    #[error(
        "`mail.starttls = false` is for a mail server on this machine only; links to set a password would cross the network in the clear"
    )]
    Unprotected,
}

impl MailServer {
    /// Reads `smtps://` or `smtp://` with host and port.
    ///
    /// # Errors
    /// [`InvalidMailServer`].
    pub fn parse(text: &str, starttls: bool) -> Result<Self, InvalidMailServer> {
        let url = Url::parse(text).map_err(|_| InvalidMailServer::Form)?;
        let bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let (Some(host), true, "" | "/") = (url.host_str(), bare, url.path()) else {
            return Err(InvalidMailServer::Form);
        };
        let on_this_machine = match Host::parse(host) {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(address)) => address.is_loopback(),
            Ok(Host::Ipv6(address)) => address.is_loopback(),
            Err(_) => false,
        };
        let (protection, port) = match (url.scheme(), starttls) {
            ("smtps", _) => (Protection::Tls, 465),
            ("smtp", true) => (Protection::StartTls, 587),
            ("smtp", false) if on_this_machine => (Protection::None, 25),
            ("smtp", false) => return Err(InvalidMailServer::Unprotected),
            _ => return Err(InvalidMailServer::Form),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), protection })
    }
}

/// The section as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailSection {
    pub(super) url: Option<String>,
    pub(super) from: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) authority_file: Option<PathBuf>,
    pub(super) starttls: bool,
}

impl Checks<'_> {
    pub(super) fn mail(&self, section: MailSection) -> Result<Option<Mail>, ConfigError> {
        let MailSection { url, from, username, password_file, authority_file, starttls } = section;
        let Some(url) = url else {
            let alone = [("mail.from", from.is_some()), ("mail.username", username.is_some())];
            return match alone.into_iter().find(|(_, is_set)| *is_set) {
                Some((key, _)) => self.refuse(key, "it is set, but no mail server; set `mail.url`"),
                None => Ok(None),
            };
        };
        let server = match MailServer::parse(&url, starttls) {
            Ok(server) => server,
            Err(problem) => return self.refuse("mail.url", problem.to_string()),
        };
        let Some(from) = from else {
            return self.refuse("mail.from", "`mail.url` is set, but no sender; set `mail.from`");
        };
        if from.parse::<Mailbox>().is_err() {
            return self.refuse("mail.from", "it is no address; write it as `Name <name@example.com>`");
        }
        let credentials = match (username, password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => Some((user, secret_file(&self.data_dir.join(file), "mail.password_file")?)),
            (None, Some(_)) => {
                return self.refuse("mail.username", "there is a password, but no user; set `mail.username`");
            }
            (Some(_), None) => {
                return self.refuse("mail.password_file", "there is a user, but no password; set `mail.password_file`");
            }
        };
        let authority =
            authority_file.map(|file| secret_file(&self.data_dir.join(file), "mail.authority_file")).transpose()?;
        Ok(Some(Mail { server, from, credentials, authority: authority.map(String::into_bytes) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_protected_or_on_this_machine() {
        let parse = |text, starttls| {
            MailServer::parse(text, starttls).map(|server| (server.host, server.port, server.protection))
        };
        assert_eq!(parse("smtps://mail.example.com", true), Ok(("mail.example.com".into(), 465, Protection::Tls)));
        assert_eq!(parse("smtp://mail.example.com", true), Ok(("mail.example.com".into(), 587, Protection::StartTls)));
        assert_eq!(parse("smtp://127.0.0.1:2525", false), Ok(("127.0.0.1".into(), 2525, Protection::None)));
        assert_eq!(parse("smtp://[::1]", false), Ok(("::1".into(), 25, Protection::None)));
        assert_eq!(parse("smtp://mail.example.com", false), Err(InvalidMailServer::Unprotected));
        for wrong in ["mail.example.com", "http://mail.example.com", "smtp://jo:secret@mail.example.com", "smtp://a/b"]
        {
            assert_eq!(parse(wrong, true), Err(InvalidMailServer::Form), "{wrong}");
        }
    }
}
