//! Tells people of events by mail. A [courier](super::courier) takes the letters to the mail server; one may arrive twice,
//! under the same `Message-ID`. Addresses are never logged.

use std::{sync::Arc, time::Duration};

use askama::Template;
use lettre::{
    Message, SmtpTransport, Transport,
    message::{Mailbox, header::ContentType},
};
use serde_json::Value;

use super::{
    counts::Errands,
    errand::{Errand, Outcome, Packed},
    webhooks::settle,
};
use crate::{
    config::Issuer,
    domain::{
        event::EventKind,
        ids::{EventId, UserId},
        time::Timestamp,
    },
    live::Live,
    manage::{
        self,
        event_mail::{self, EventLetter},
    },
    store::{Error, Store, event_deliveries, event_deliveries::Delivery},
};

/// Letters about events, each on its way to one address of a user.
pub struct MailErrand {
    /// The view of this process, and through it the database.
    pub(super) live: Arc<Live>,
    /// The mail server.
    pub(super) transport: SmtpTransport,
    /// Who the letters are from.
    pub(super) from: Mailbox,
    /// The site.
    pub(super) issuer: Issuer,
}

impl Errand for MailErrand {
    type Item = Delivery<UserId>;
    type Receiver = UserId;

    const KIND: Errands = Errands::EventMail;
    const NAME: &'static str = "event-mail";
    const FIRST_DISTANCE: Duration = Duration::from_mins(2);

    fn store(&self) -> &Store {
        self.live.executor().store()
    }

    fn receiver(delivery: &Self::Item) -> UserId {
        delivery.receiver
    }

    fn attempts(delivery: &Self::Item) -> i64 {
        delivery.attempts
    }

    fn describe(delivery: &Self::Item) -> String {
        delivery.event.to_string()
    }

    fn begin(&mut self, now: Timestamp) -> Result<(), Error> {
        match event_mail::address_new(self.store(), now) {
            Ok(_) => Ok(()),
            Err(manage::Error::Store(error @ Error::Unavailable(_))) => Err(error),
            Err(error) => {
                tracing::error!(%error, "it cannot be decided who hears of an event by mail");
                Ok(())
            }
        }
    }

    fn due(&self, now: Timestamp, except: &[UserId], most: i64) -> Result<Vec<Self::Item>, Error> {
        self.store().snapshot(|tx| event_deliveries::due(tx, now, except, most))
    }

    fn pack(&self, delivery: &Self::Item, now: Timestamp) -> Result<Packed, Error> {
        if delivery.expires_at <= now {
            return Ok(Packed::Not(Outcome::Overdue));
        }
        let letter = match self.store().snapshot(|tx| event_mail::of_delivery(tx, delivery)) {
            Ok(Some(letter)) => letter,
            Ok(None) => return Ok(Packed::Not(Outcome::Unwanted)),
            Err(manage::Error::Store(error @ Error::Unavailable(_))) => return Err(error),
            Err(error) => return Ok(Packed::Unfit(error.to_string())),
        };
        let Some(message) = self.message(&letter, delivery) else {
            return Ok(Packed::Unfit("the letter cannot be written".to_owned()));
        };
        let transport = self.transport.clone();
        Ok(Packed::Call(Box::new(move || send(&transport, &message))))
    }

    fn claim(&self, delivery: &Self::Item, due_again: Timestamp) -> Result<bool, Error> {
        self.store().redeem(|redemption| event_deliveries::claim(redemption, delivery, due_again))
    }

    fn settle(&self, delivery: &Self::Item, outcome: &Outcome) -> Result<(), Error> {
        settle(self.store(), delivery, outcome)
    }
}

impl MailErrand {
    fn message(&self, letter: &EventLetter, delivery: &Delivery<UserId>) -> Option<Message> {
        let site = self.issuer.host();
        let host = site.split(':').next().unwrap_or_default();
        let id = format!("<{}.{}.{}@{host}>", delivery.event, delivery.receiver, delivery.part);
        let builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, letter.to.as_str().parse().ok()?))
            .message_id(Some(id))
            .subject(format!("{}: {site}", words_of(letter.event.told.kind).subject))
            .header(ContentType::TEXT_PLAIN);
        builder.body(text(letter, site)?).ok()
    }
}

/// What a kind of event is called in letters.
struct Words {
    subject: &'static str,
    what: &'static str,
    advice: &'static str,
}

const fn words_of(kind: EventKind) -> Words {
    match kind {
        EventKind::KeyPairExpiring => Words {
            subject: "A key pair expires soon",
            what: "A key pair expires soon. Programs that use its secret will be refused then.",
            advice: "Add a second pair, give its secret to the programs, and delete the old pair when it is not used any more.",
        },
        EventKind::KeyLeaked => Words {
            subject: "A secret has leaked",
            what: "Somebody has found the secret of a key pair in a place where it should not be, and reported it.",
            advice: "Treat whatever the key could reach as known to others: replace the pair, and look at what it was used for.",
        },
        EventKind::WebhookTest => Words {
            subject: "A webhook was tried",
            what: "Somebody has tried a webhook.",
            advice: "There is nothing to do.",
        },
    }
}

/// `templates/mail/event.txt`
#[derive(Template)]
#[template(path = "mail/event.txt")]
struct Text<'a> {
    what: &'a str,
    lines: Vec<(String, String)>,
    advice: &'a str,
    id: EventId,
    at: Timestamp,
    site: &'a str,
}

fn text(letter: &EventLetter, site: &str) -> Option<String> {
    let Words { what, advice, .. } = words_of(letter.event.told.kind);
    let message = letter.event.message();
    let lines = message.data.iter().map(|(name, value)| (name.replace('_', " "), shown(value))).collect();
    Text { what, lines, advice, id: message.id, at: message.at, site }.render().ok()
}

/// A value on one line, whatever it holds.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// What the mail server answers can repeat the address, so only its code is kept.
fn send(transport: &SmtpTransport, message: &Message) -> Outcome {
    let Err(error) = transport.send(message) else { return Outcome::Delivered };
    Outcome::Failed(match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None => "the mail server is out of reach".to_owned(),
    })
}
