//! `keystead workspace`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::SpaceArgument,
    context::{Context, space_id},
    failure::Failure,
    output::table,
};
use crate::{
    domain::{authority::Authority, name::Name, workspace::Workspace},
    manage::workspaces::{self, CreateWorkspace},
    store,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a workspace in a space.
    #[command(after_help = "Example:\n  keystead workspace create --space Example Production")]
    Create(Create),
    /// List the workspaces of a space.
    #[command(after_help = "Example:\n  keystead workspace list --space Example")]
    List(List),
}

#[derive(Args)]
pub(super) struct Create {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
    /// Its name, unique in the space
    #[arg(value_parser = Name::parse)]
    name: Name,
}

#[derive(Args)]
pub(super) struct List {
    /// The space, by name or id
    #[arg(long)]
    space: SpaceArgument,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { space, name }) => {
            let workspace = site.change(|change, deps| {
                let space = space_id(change, &space)?;
                workspaces::create(change, deps, &Authority::OPERATOR, CreateWorkspace { space, name })
            })?;
            let sentence = format!("Workspace \"{}\" is made; its number is {}", workspace.name, workspace.number);
            context.printer.say(&as_json(&workspace), &sentence)
        }
        Command::List(List { space }) => {
            let found = site.read(|tx| {
                let space = space_id(tx, &space)?;
                Ok(store::workspaces::of_space(tx, space)?)
            })?;
            let row = |one: &Workspace| [one.number.to_string(), one.state.to_string(), one.name.to_string()];
            let rows: Vec<_> = found.iter().map(row).collect();
            let json = json!({ "workspaces": found.iter().map(as_json).collect::<Vec<_>>() });
            context.printer.print(&json, |out| table(out, ["NUMBER", "STATE", "NAME"], &rows))
        }
    }
}

pub(super) fn as_json(workspace: &Workspace) -> Value {
    json!({ "number": workspace.number, "name": workspace.name, "state": workspace.state, "space": workspace.space })
}
