//! `keystead permission`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    context::{Context, Site},
    failure::Failure,
    output::table,
};
use crate::{
    domain::{
        ids::ResourceServerId,
        name::Description,
        permission::{Level, Permission, PermissionClass, PermissionName, RegisteredPermission},
    },
    manage::{
        resource_servers::{self, ForgetPermission},
        roles,
    },
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the permissions that roles can have.
    #[command(after_help = "Example:\n  keystead permission list")]
    List,
    /// Register a permission of the product behind a resource server.
    #[command(
        after_help = "Example:\n  keystead permission register --resource-server rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 --class write orders.cancel"
    )]
    Register(Register),
    /// Forget a permission that no role has.
    #[command(
        after_help = "Example:\n  keystead permission forget --resource-server rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 orders.cancel"
    )]
    Forget(Forget),
}

#[derive(Args)]
pub(super) struct Register {
    /// Client id of the resource server
    #[arg(long, value_name = "CLIENT_ID")]
    resource_server: ResourceServerId,
    /// Its name, unique in the site, such as `orders.cancel`
    #[arg(value_parser = PermissionName::parse)]
    name: PermissionName,
    /// The scope that lets it through: `read` or `write`
    #[arg(long)]
    class: PermissionClass,
    /// The narrowest place it can be given in: `space` or `workspace`
    #[arg(long, default_value = "workspace")]
    level: Level,
    /// What it lets a person do
    #[arg(long, default_value = "", value_parser = Description::parse)]
    description: Description,
}

#[derive(Args)]
pub(super) struct Forget {
    /// Client id of the resource server
    #[arg(long, value_name = "CLIENT_ID")]
    resource_server: ResourceServerId,
    /// Its name
    name: String,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::List => list(context, &site),
        Command::Register(Register { resource_server, name, class, level, description }) => {
            let input = RegisteredPermission { name, resource_server, class, level, description };
            let (json, sentence) =
                (registered_json(&input), format!("The permission {} is registered.", input.name.as_str()));
            site.change(|change, deps, authority| {
                resource_servers::register_permission(change, deps, authority, &input)
            })?;
            context.printer.say(&json, &sentence)
        }
        Command::Forget(Forget { resource_server: id, name }) => {
            let (json, sentence) =
                (json!({ "name": name, "forgotten": true }), format!("The permission {name} is forgotten."));
            site.change(|change, deps, authority| {
                resource_servers::forget_permission(change, deps, authority, ForgetPermission { id, name })
            })?;
            context.printer.say(&json, &sentence)
        }
    }
}

fn list(context: &Context<'_>, site: &Site) -> Result<(), Failure> {
    let (known, registered) = site.read(|tx, _| roles::permissions(tx))?;
    let known_row = |one: &Permission| {
        [one.name.to_owned(), one.class.to_string(), one.level.to_string(), one.description.to_owned()]
    };
    let registered_row = |one: &RegisteredPermission| {
        [one.name.as_str().to_owned(), one.class.to_string(), one.level.to_string(), one.description.to_string()]
    };
    let rows: Vec<_> = known.iter().map(known_row).chain(registered.iter().map(registered_row)).collect();
    let all: Vec<_> = known.iter().map(known_json).chain(registered.iter().map(registered_json)).collect();
    context
        .printer
        .print(&json!({ "permissions": all }), |out| table(out, ["PERMISSION", "CLASS", "LEVEL", "LETS"], &rows))
}

fn known_json(one: &Permission) -> Value {
    json!({
        "name": one.name, "class": one.class, "level": one.level, "description": one.description,
        "implies": one.implies, "resource_server": null,
    })
}

fn registered_json(one: &RegisteredPermission) -> Value {
    json!({
        "name": one.name, "class": one.class, "level": one.level, "description": one.description,
        "implies": [], "resource_server": one.resource_server,
    })
}
