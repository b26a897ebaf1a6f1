//! `keystead webhook`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, Switch, or_dash, words},
    context::{Context, Site},
    failure::Failure,
    output::{fields, table},
    pages,
};
use crate::{
    domain::{
        authority::Authority,
        event::EventKind,
        ids::WebhookId,
        webhook::{Webhook, WebhookUrl},
    },
    manage::{
        self,
        webhooks::{self, CreateWebhook, EditWebhook, NewWebhookSecret, OfSpace},
    },
    store::{event_deliveries::DeliveryStatus, transaction::Reads},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a webhook and print its secret, once.
    #[command(after_help = "Example:\n  keystead webhook create --space Example https://hooks.example.com/keystead")]
    Create(Create),
    /// List the webhooks of a space.
    #[command(after_help = "Example:\n  keystead webhook list --space Example")]
    List(List),
    /// Show a webhook.
    #[command(after_help = "Example:\n  keystead webhook show --space Example whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Named),
    /// Change a webhook; while it is disabled nothing is kept for it.
    #[command(
        after_help = "Example:\n  keystead webhook edit --space Example --enabled off whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    Edit(Edit),
    /// Remove a webhook with what waits for it.
    #[command(after_help = "Example:\n  keystead webhook remove --space Example whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Remove(Named),
    /// Give a webhook another secret, printed once; for a day its calls are signed with both.
    #[command(
        after_help = "Example:\n  keystead webhook rotate-secret --space Example whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    RotateSecret(Named),
    /// Send an event of the kind `webhook.test` to a webhook. The server delivers it.
    #[command(after_help = "Example:\n  keystead webhook test --space Example whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Test(Named),
    /// List what became of the events that a webhook was to hear.
    #[command(
        after_help = "Example:\n  keystead webhook deliveries --space Example whk_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    Deliveries(Named),
}

#[derive(Args)]
pub(super) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// A kind of event that it wants, such as `key_pair.expiring`; may be repeated [default: all]
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<EventKind>,
    /// Where it listens: `https`, on the public internet
    #[arg(value_parser = WebhookUrl::parse)]
    url: WebhookUrl,
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
}

#[derive(Args)]
pub(super) struct Named {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Id of the webhook
    #[arg(value_name = "WEBHOOK")]
    id: WebhookId,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["url", "kinds", "all_kinds", "enabled"]))]
pub(super) struct Edit {
    #[command(flatten)]
    named: Named,
    /// Where it listens
    #[arg(long, value_parser = WebhookUrl::parse)]
    url: Option<WebhookUrl>,
    /// A kind of event that it wants, in place of those there are; may be repeated
    #[arg(long = "kind", value_name = "KIND", conflicts_with = "all_kinds")]
    kinds: Vec<EventKind>,
    /// Let it hear events of all kinds
    #[arg(long)]
    all_kinds: bool,
    /// Whether it hears; `on` also brings back one that is gone
    #[arg(long, value_name = "SWITCH")]
    enabled: Option<Switch>,
}

impl Named {
    fn find(&self, tx: &mut impl Reads, authority: &Authority) -> Result<OfSpace, manage::Error> {
        Ok(OfSpace { space: self.space.id(tx, authority)?, id: self.id })
    }
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { space, kinds, url }) => {
            let made = site.change(|change, deps, authority| {
                let space = space.id(change, authority)?;
                webhooks::create(change, deps, authority, CreateWebhook { space, url, kinds })
            })?;
            show_secret(context, "The webhook is made.", &made)
        }
        Command::List(List { space }) => list(context, &site, &space),
        Command::Show(named) => {
            let webhook = site.read(|tx, authority| {
                let named = named.find(tx, authority)?;
                webhooks::show(tx, authority, named)
            })?;
            show(context, &webhook)
        }
        Command::Edit(edit) => {
            let webhook = site.change(|change, deps, authority| {
                let named = edit.named.find(change, authority)?;
                let kinds = (edit.all_kinds || !edit.kinds.is_empty()).then_some(edit.kinds);
                let input = EditWebhook { named, url: edit.url, kinds, enabled: edit.enabled.map(bool::from) };
                webhooks::edit(change, deps, authority, input)?;
                webhooks::show(change, authority, named)
            })?;
            show(context, &webhook)
        }
        Command::Remove(named) => {
            site.change(|change, deps, authority| {
                let named = named.find(change, authority)?;
                webhooks::remove(change, deps, authority, named)
            })?;
            let sentence = format!("The webhook {} is removed with what waited for it.", named.id);
            context.printer.say(&json!({ "id": named.id, "state": "removed" }), &sentence)
        }
        Command::RotateSecret(named) => {
            let made = site.change(|change, deps, authority| {
                let named = named.find(change, authority)?;
                webhooks::rotate_secret(change, deps, authority, named)
            })?;
            show_secret(context, "The webhook has another secret; for a day its calls are signed with both.", &made)
        }
        Command::Test(named) => {
            let event = site.change(|change, deps, authority| {
                let named = named.find(change, authority)?;
                webhooks::test(change, deps, authority, named)
            })?;
            let sentence =
                format!("The event {event} is on its way; `keystead webhook deliveries` tells what became of it.");
            context.printer.say(&json!({ "event": event }), &sentence)
        }
        Command::Deliveries(named) => {
            let found = site.read(|tx, authority| {
                let named = named.find(tx, authority)?;
                pages::all(|page| webhooks::deliveries(tx, authority, named, page))
            })?;
            deliveries(context, &found)
        }
    }
}

fn list(context: &Context<'_>, site: &Site, space: &SpaceArgument) -> Result<(), Failure> {
    let found = site.read(|tx, authority| {
        let space = space.id(tx, authority)?;
        pages::all(|page| webhooks::list(tx, authority, space, page))
    })?;
    let row = |one: &Webhook| [one.id.to_string(), one.state.to_string(), kinds_of(one), one.url.to_string()];
    let rows: Vec<_> = found.iter().map(row).collect();
    let json = json!({ "webhooks": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ID", "STATE", "KINDS", "URL"], &rows))
}

fn kinds_of(webhook: &Webhook) -> String {
    if webhook.kinds.is_empty() { "all".to_owned() } else { words(&webhook.kinds) }
}

fn show(context: &Context<'_>, webhook: &Webhook) -> Result<(), Failure> {
    context.printer.print(&as_json(webhook), |out| {
        writeln!(out, "Webhook {}", webhook.id)?;
        fields(out, &facts(webhook))
    })
}

fn facts(webhook: &Webhook) -> Vec<(&'static str, String)> {
    vec![
        ("url", webhook.url.to_string()),
        ("state", webhook.state.to_string()),
        ("kinds", kinds_of(webhook)),
        ("old secret until", or_dash(webhook.previous_secret_until)),
        ("made", webhook.created_at.to_string()),
    ]
}

/// Prints a secret, the only time that it is seen.
fn show_secret(context: &Context<'_>, heading: &str, made: &NewWebhookSecret) -> Result<(), Failure> {
    let NewWebhookSecret { webhook, secret } = made;
    let json = json!({ "secret": secret.expose(), "webhook": as_json(webhook) });
    context.printer.print(&json, |out| {
        writeln!(out, "{heading} The secret is shown this once: store it now.")?;
        let mut shown = vec![("id", webhook.id.to_string()), ("secret", secret.expose().to_owned())];
        shown.extend(facts(webhook));
        fields(out, &shown)
    })
}

fn as_json(webhook: &Webhook) -> Value {
    let Webhook { id, space, url, kinds, state, previous_secret_until, created_at } = webhook;
    json!({
        "id": id, "space": space, "url": url, "kinds": kinds, "state": state,
        "previous_secret_until": previous_secret_until, "created_at": created_at,
    })
}

fn deliveries(context: &Context<'_>, found: &[DeliveryStatus]) -> Result<(), Failure> {
    let row = |one: &DeliveryStatus| {
        let (event, kind, state) = (one.event.to_string(), one.kind.to_string(), one.state.to_string());
        [event, kind, state, one.attempts.to_string(), or_dash(one.last_error.as_ref())]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let as_json = |one: &DeliveryStatus| {
        json!({
            "event": one.event, "type": one.kind, "at": one.at, "state": one.state, "attempts": one.attempts,
            "next_attempt_at": one.next_attempt_at, "settled_at": one.settled_at, "last_error": one.last_error,
        })
    };
    let json = json!({ "deliveries": found.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["EVENT", "KIND", "STATE", "ATTEMPTS", "LAST ERROR"], &rows))
}
