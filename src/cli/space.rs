//! `keystead space`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{context::Context, failure::Failure, output::table};
use crate::{
    domain::{
        authority::Authority,
        name::Name,
        space::{Space, SpaceKind},
    },
    manage::spaces::{self, CreateSpace},
    store,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a space.
    #[command(after_help = "Example:\n  keystead space create Example")]
    Create(Create),
    /// List all spaces.
    #[command(after_help = "Example:\n  keystead space list --json")]
    List,
}

#[derive(Args)]
pub(super) struct Create {
    /// Its name, unique in the site
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// `production`, `sandbox` or `on_premises`; API keys work in production spaces only
    #[arg(long, default_value = "production")]
    kind: SpaceKind,
    /// Make the keys of the product's own services; regenerate them to get their secrets
    #[arg(long)]
    internal_services: bool,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { name, kind, internal_services }) => {
            let input = CreateSpace { name, kind, internal_services };
            let space = site.change(|change, deps| spaces::create(change, deps, &Authority::OPERATOR, input))?;
            let sentence = format!("Space \"{}\" is made: {}", space.name, space.id);
            context.printer.say(&as_json(&space), &sentence)
        }
        Command::List => {
            let spaces = site.read(|tx| Ok(store::spaces::all(tx)?))?;
            let rows: Vec<_> = spaces
                .iter()
                .map(|space| {
                    [space.id.to_string(), space.kind.to_string(), space.state.to_string(), space.name.to_string()]
                })
                .collect();
            let json = json!({ "spaces": spaces.iter().map(as_json).collect::<Vec<_>>() });
            context.printer.print(&json, |out| table(out, ["ID", "KIND", "STATE", "NAME"], &rows))
        }
    }
}

fn as_json(space: &Space) -> Value {
    json!({
        "id": space.id, "name": space.name, "kind": space.kind, "state": space.state,
        "api_keys_supported": space.api_keys_supported, "api_keys_enabled": space.api_keys_enabled,
    })
}
