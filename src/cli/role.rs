//! `keystead role`

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    arguments::SpaceArgument,
    context::{Context, space_id},
    failure::Failure,
    output::table,
};
use crate::{domain::role::Role, store};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List roles, where each can be given and what it permits.
    #[command(after_help = "Example:\n  keystead role list --space Example")]
    List(List),
}

#[derive(Args)]
pub(super) struct List {
    /// Also the roles that this space made, by name or id
    #[arg(long)]
    space: Option<SpaceArgument>,
}

pub(super) fn run(context: &Context<'_>, command: &Command) -> Result<(), Failure> {
    let Command::List(List { space }) = command;
    let roles = context.site()?.read(|tx| {
        let space = space.as_ref().map(|space| space_id(tx, space)).transpose()?;
        Ok(store::roles::of_space(tx, space)?)
    })?;
    let row = |role: &Role| [role.name.to_string(), role.level.to_string(), role.description.to_string()];
    let rows: Vec<_> = roles.iter().filter(|role| role.is_assignable()).map(row).collect();
    let as_json = |role: &Role| {
        json!({
            "name": role.name, "level": role.level, "description": role.description, "permissions": role.permissions.iter().map(|held| &held.name).collect::<Vec<_>>(),
            "assignable": role.is_assignable(),
        })
    };
    let json = json!({ "roles": roles.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ROLE", "LEVEL", "FOR"], &rows))
}
