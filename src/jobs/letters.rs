//! The words of letters. They are plain text, and their links lead to this site alone.

use askama::Template;

use crate::{
    domain::{email::Email, name::Name, time::Timestamp, user::Login},
    manage::{invitation_mail::InvitationMail, logins::ResetMail},
};

/// A letter, ready to be sent.
pub(super) struct WrittenLetter<'a> {
    pub(super) to: &'a Email,
    pub(super) subject: String,
    pub(super) text: String,
}

/// `templates/mail/reset.txt`
#[derive(Template)]
#[template(path = "mail/reset.txt")]
struct Reset<'a> {
    site: &'a str,
    link: &'a str,
    expires_at: Timestamp,
}

/// The letter to somebody who has forgotten a password at this site.
pub(super) fn reset<'a>(site: &str, mail: &'a ResetMail) -> askama::Result<WrittenLetter<'a>> {
    let link = mail.link.expose();
    let text = Reset { site, link: &link, expires_at: mail.link.expires_at }.render()?;
    Ok(WrittenLetter { to: &mail.to, subject: format!("Choose a new password for {site}"), text })
}

/// `templates/mail/invitation.txt`
#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct Invitation<'a> {
    site: &'a str,
    space: &'a Name,
    login: &'a Login,
    link: &'a str,
    expires_at: Timestamp,
}

/// The letter to somebody who is invited to this site.
pub(super) fn invitation<'a>(site: &str, mail: &'a InvitationMail) -> askama::Result<WrittenLetter<'a>> {
    let InvitationMail { to, login, space, link, .. } = mail;
    let url = link.expose();
    let text = Invitation { site, space, login, link: &url, expires_at: link.expires_at }.render()?;
    Ok(WrittenLetter { to, subject: format!("Your account at {site}"), text })
}
