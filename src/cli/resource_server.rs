//! `keystead resource-server`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{Switch, words},
    context::{Context, Site},
    credential,
    failure::Failure,
    output::{fields, table},
    pages,
};
use crate::{
    domain::{
        audience::Audience,
        ids::ResourceServerId,
        key_pair::{ExpiryPolicy, KeyPair, PublicId},
        name::Name,
        resource_server::ResourceServer,
    },
    manage::resource_servers::{self, AddServerPair, CreateResourceServer, DeleteServerPair, EditResourceServer},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a resource server; its secret is printed once.
    #[command(
        after_help = "Example:\n  keystead resource-server create --audience https://api.example.com 'Orders API'"
    )]
    Create(Create),
    /// List all resource servers.
    #[command(after_help = "Example:\n  keystead resource-server list")]
    List,
    /// Show a resource server and its pairs.
    #[command(after_help = "Example:\n  keystead resource-server show rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Show(Named),
    /// Change a resource server; tokens for an audience that it loses are inactive to it at once.
    #[command(
        after_help = "Example:\n  keystead resource-server edit --accepts-api-keys on rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4"
    )]
    Edit(Edit),
    /// Stop a resource server from calling.
    #[command(after_help = "Example:\n  keystead resource-server disable rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Disable(Named),
    /// Let a resource server call again, with the secrets it had.
    #[command(after_help = "Example:\n  keystead resource-server enable rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Enable(Named),
    /// Delete a resource server; its audiences are free.
    #[command(after_help = "Example:\n  keystead resource-server delete rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    Delete(Named),
    /// Give a resource server a second secret, printed once, while the first works on.
    #[command(after_help = "Example:\n  keystead resource-server add-pair rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4")]
    AddPair(AddPair),
    /// Delete one of the two pairs of a resource server.
    #[command(
        after_help = "Example:\n  keystead resource-server delete-pair rsv_0190b2c8c6a97a3f9d6f4be0a1c2d3e4 J2X9NY3kvsfWyNTA"
    )]
    DeletePair(DeletePair),
}

#[derive(Args)]
pub(super) struct Create {
    /// Its name, unique in the site
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// URI of an API that it protects; may be repeated
    #[arg(long = "audience", value_name = "URI", required = true, value_parser = Audience::parse)]
    audiences: Vec<Audience>,
    /// Let it introspect API keys that are presented to it, beside tokens
    #[arg(long)]
    accepts_api_keys: bool,
}

#[derive(Args)]
pub(super) struct Named {
    /// Client id of the resource server
    #[arg(value_name = "CLIENT_ID")]
    id: ResourceServerId,
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "name", "audiences", "accepts_api_keys",
]))]
pub(super) struct Edit {
    /// Client id of the resource server
    #[arg(value_name = "CLIENT_ID")]
    id: ResourceServerId,
    /// Its name, unique in the site
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,
    /// URI of an API that it protects, in place of those there are; may be repeated
    #[arg(long = "audience", value_name = "URI", value_parser = Audience::parse)]
    audiences: Vec<Audience>,
    /// Whether it may introspect API keys that are presented to it
    #[arg(long, value_name = "SWITCH")]
    accepts_api_keys: Option<Switch>,
}

#[derive(Args)]
pub(super) struct AddPair {
    /// Client id of the resource server
    #[arg(value_name = "CLIENT_ID")]
    id: ResourceServerId,
    /// When the new secret expires: `90d`, `none`, or a date such as 2027-03-31
    #[arg(long, value_name = "WHEN", default_value = "none")]
    expires: ExpiryPolicy,
}

#[derive(Args)]
pub(super) struct DeletePair {
    /// Client id of the resource server
    #[arg(value_name = "CLIENT_ID")]
    id: ResourceServerId,
    /// Public id of the pair
    #[arg(value_name = "PUBLIC_ID")]
    pair: PublicId,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { name, audiences, accepts_api_keys }) => {
            let heading = format!("Resource server \"{name}\" is made.");
            let input = CreateResourceServer { name, audiences, accepts_api_keys };
            let made =
                site.change(|change, deps, authority| resource_servers::create(change, deps, authority, input))?;
            credential::show(context, &heading, &made)
        }
        Command::List => list(context, &site),
        Command::Show(Named { id }) => {
            show(context, &site.read(|tx, authority| resource_servers::show(tx, authority, id))?)
        }
        Command::Edit(Edit { id, name, audiences, accepts_api_keys }) => {
            let audiences = (!audiences.is_empty()).then_some(audiences);
            let input = EditResourceServer { id, name, audiences, accepts_api_keys: accepts_api_keys.map(bool::from) };
            let server = site.change(|change, deps, authority| {
                resource_servers::edit(change, deps, authority, input)?;
                resource_servers::show(change, authority, id)
            })?;
            show(context, &server)
        }
        Command::Disable(Named { id }) => {
            site.change(|change, deps, authority| resource_servers::disable(change, deps, authority, id))?;
            acknowledge(context, id, "disabled", "is disabled: it may not call")
        }
        Command::Enable(Named { id }) => {
            site.change(|change, deps, authority| resource_servers::enable(change, deps, authority, id))?;
            acknowledge(context, id, "active", "is enabled, with the secrets it had")
        }
        Command::Delete(Named { id }) => {
            site.change(|change, deps, authority| resource_servers::remove(change, deps, authority, id))?;
            acknowledge(context, id, "deleted", "is deleted and its audiences are free")
        }
        Command::AddPair(AddPair { id, expires: expiry }) => {
            let input = AddServerPair { id, expiry };
            let made =
                site.change(|change, deps, authority| resource_servers::add_pair(change, deps, authority, input))?;
            credential::show(context, "The resource server has a new pair.", &made)
        }
        Command::DeletePair(DeletePair { id, pair }) => {
            let input = DeleteServerPair { id, pair };
            site.change(|change, deps, authority| resource_servers::delete_pair(change, deps, authority, input))?;
            context.printer.say(&json!({ "client_id": id, "deleted": pair }), &format!("The pair {pair} is deleted."))
        }
    }
}

fn list(context: &Context<'_>, site: &Site) -> Result<(), Failure> {
    let servers = site.read(|tx, authority| pages::all(|page| resource_servers::list(tx, authority, page)))?;
    let row =
        |one: &ResourceServer| [one.id.to_string(), one.state.to_string(), one.name.to_string(), words(&one.audiences)];
    let rows: Vec<_> = servers.iter().map(row).collect();
    let json = json!({ "resource_servers": servers.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["CLIENT ID", "STATE", "NAME", "AUDIENCES"], &rows))
}

fn acknowledge(context: &Context<'_>, id: ResourceServerId, state: &str, what: &str) -> Result<(), Failure> {
    context.printer.say(&json!({ "client_id": id, "state": state }), &format!("The resource server {id} {what}."))
}

fn show(context: &Context<'_>, server: &ResourceServer) -> Result<(), Failure> {
    context.printer.print(&as_json(server), |out| {
        writeln!(out, "Resource server \"{}\"", server.name)?;
        let mut shown = vec![
            ("client id", server.id.to_string()),
            ("state", server.state.to_string()),
            ("audiences", words(&server.audiences)),
            ("accepts API keys", if server.accepts_api_keys { "yes" } else { "no" }.to_owned()),
        ];
        shown.extend(server.pairs.iter().map(|pair| ("pair", credential::pair_line(pair))));
        fields(out, &shown)
    })
}

fn as_json(server: &ResourceServer) -> Value {
    let pair = |KeyPair { public_id, hint, created_at, expires_at, .. }: &KeyPair| json!({ "public_id": public_id, "hint": hint, "created_at": created_at, "expires_at": expires_at });
    json!({
        "client_id": server.id, "name": server.name, "state": server.state, "audiences": server.audiences,
        "accepts_api_keys": server.accepts_api_keys, "pairs": server.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}
