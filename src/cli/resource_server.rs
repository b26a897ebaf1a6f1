//! `keystead resource-server`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    context::Context,
    failure::Failure,
    output::{fields, table},
};
use crate::{
    domain::{audience::Audience, authority::Authority, name::Name, resource_server::ResourceServer},
    manage::resource_servers::{self, CreateResourceServer},
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

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(Create { name, audiences, accepts_api_keys }) => {
            let heading = format!("Resource server \"{name}\" is made. Its secret is shown this once.");
            let input = CreateResourceServer { name, audiences, accepts_api_keys };
            let made =
                site.change(|change, deps| resource_servers::create(change, deps, &Authority::OPERATOR, input))?;
            let secret = made.secret.expose();
            let json = json!({ "client_id": made.client_id, "client_secret": secret, "public_id": made.public_id });
            context.printer.print(&json, |out| {
                writeln!(out, "{heading}")?;
                fields(out, &[("client id", made.client_id.to_string()), ("client secret", secret.to_owned())])
            })
        }
        Command::List => {
            let servers = site.read(|tx| {
                resource_servers::list(tx, &Authority::OPERATOR, crate::domain::page::PageRequest::default())
            })?;
            let row = |one: &ResourceServer| {
                let audiences: Vec<_> = one.audiences.iter().map(Audience::as_str).collect();
                [one.id.to_string(), one.state.to_string(), one.name.to_string(), audiences.join(" ")]
            };
            let rows: Vec<_> = servers.items.iter().map(row).collect();
            let json = json!({ "resource_servers": servers.items.iter().map(as_json).collect::<Vec<_>>() });
            context.printer.print(&json, |out| table(out, ["CLIENT ID", "STATE", "NAME", "AUDIENCES"], &rows))
        }
    }
}

fn as_json(server: &ResourceServer) -> Value {
    json!({
        "client_id": server.id, "name": server.name, "state": server.state, "audiences": server.audiences,
        "accepts_api_keys": server.accepts_api_keys,
    })
}
