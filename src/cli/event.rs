//! `keystead event`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{arguments::SpaceArgument, context::Context, failure::Failure, output::table, pages};
use crate::{
    domain::{
        event::{Event, EventKind},
        ids::EventId,
    },
    manage::events,
    store::event_deliveries::EventDelivery,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the events of a space, newest first.
    #[command(after_help = "Example:\n  keystead event list --space Example --kind key.leaked")]
    List(List),
    /// Show an event, and how it went to its receivers.
    #[command(after_help = "Example:\n  keystead event show --space Example evt_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Show),
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Only events of this kind
    #[arg(long)]
    kind: Option<EventKind>,
}

#[derive(Args)]
pub(super) struct Show {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Id of the event
    #[arg(value_name = "EVENT")]
    id: EventId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::List(List { space, kind }) => {
            let found = site.read(|tx, authority| {
                let space = space.id(tx, authority)?;
                pages::all(|page| events::list(tx, authority, space, kind, page))
            })?;
            list(context, &found)
        }
        Command::Show(Show { space, id }) => {
            let (event, deliveries) = site.read(|tx, authority| {
                let space = space.id(tx, authority)?;
                events::show(tx, authority, space, id)
            })?;
            show(context, &event, &deliveries)
        }
    }
}

fn list(context: &Context<'_>, found: &[Event]) -> Result<(), Failure> {
    let row =
        |one: &Event| [one.id.to_string(), one.at.to_string(), one.told.kind.to_string(), one.told.subject.to_string()];
    let rows: Vec<_> = found.iter().map(row).collect();
    let json = json!({ "events": found.iter().map(Event::message).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ID", "AT", "KIND", "SUBJECT"], &rows))
}

fn show(context: &Context<'_>, event: &Event, deliveries: &[EventDelivery]) -> Result<(), Failure> {
    let (message, receivers) = (event.message(), deliveries.iter().map(as_json).collect::<Vec<_>>());
    let json = json!({ "event": message, "deliveries": receivers });
    context.printer.print(&json, |out| {
        writeln!(out, "Event {} of {}: {}", message.id, message.at, message.kind)?;
        message.data.iter().try_for_each(|(name, value)| writeln!(out, "  {name}: {value}"))?;
        let row = |one: &EventDelivery| {
            [one.channel.to_string(), one.receiver.clone(), one.state.to_string(), one.attempts.to_string()]
        };
        table(out, ["WAY", "RECEIVER", "STATE", "ATTEMPTS"], &deliveries.iter().map(row).collect::<Vec<_>>())
    })
}

fn as_json(delivery: &EventDelivery) -> Value {
    let EventDelivery { channel, receiver, state, attempts, last_error } = delivery;
    json!({ "channel": channel, "receiver": receiver, "state": state, "attempts": attempts, "last_error": last_error })
}
