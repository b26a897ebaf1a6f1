//! `keystead space`

mod beyond;
mod edit;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    arguments::{SpaceArgument, login, or_dash, words},
    context::{Context, Site},
    failure::Failure,
    output::{fields, table},
    pages,
};
use crate::{
    domain::{
        email::EmailDomain,
        name::Name,
        space::{Space, SpaceKind},
        user::Login,
    },
    manage::{
        first_administrator::{self, FirstAdministrator},
        pair_policy::BeyondPolicy,
        spaces::{self, CreateSpace, SpaceFacts},
    },
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a space.
    #[command(
        after_help = "Examples:\n  keystead space create Example\n  keystead space create --admin ada --admin-name 'Ada Lovelace' Example"
    )]
    Create(Create),
    /// List all spaces.
    #[command(after_help = "Example:\n  keystead space list --json")]
    List,
    /// Show a space and its policies.
    #[command(after_help = "Example:\n  keystead space show Example")]
    Show(Named),
    /// Change the name and the policies of a space.
    #[command(
        after_help = "Examples:\n  keystead space edit --key-creation-restricted on --pair-life 30d Example\n  keystead space edit --api-keys off Example\n  keystead space edit --pair-life 30d --apply-to-existing --dry-run Example"
    )]
    Edit(edit::Edit),
    /// Close a space: everything in it is refused and its tokens are dead when this returns.
    #[command(after_help = "Example:\n  keystead space close Example")]
    Close(Named),
    /// Reopen a space: its keys work again, its old tokens stay dead.
    #[command(after_help = "Example:\n  keystead space reopen Example")]
    Reopen(Named),
}

#[derive(Args)]
pub(super) struct Create {
    /// Its name, unique in the site
    #[arg(value_parser = Name::parse)]
    name: Name,
    /// `production`, `sandbox` or `on_premises`; API keys work in production spaces only
    #[arg(long, default_value = "production")]
    kind: SpaceKind,
    /// Login of a person to be made, who is to run it with the role `space_admin`
    #[arg(long, value_name = "LOGIN", value_parser = login)]
    admin: Option<Login>,
    /// Full name of that person
    #[arg(long, value_name = "NAME", requires = "admin", default_value = "Administrator", value_parser = Name::parse)]
    admin_name: Name,
    /// Make the keys of the product's own services; regenerate them to get their secrets
    #[arg(long)]
    internal_services: bool,
}

#[derive(Args)]
pub(super) struct Named {
    /// The space, by name or id
    space: SpaceArgument,
}

pub(super) fn run(context: &Context<'_>, command: Command) -> Result<(), Failure> {
    let site = context.site()?;
    match command {
        Command::Create(new) => create(context, &site, new),
        Command::List => list(context, &site),
        Command::Show(Named { space }) => {
            let facts = site.read(|tx, authority| {
                let id = space.id(tx, authority)?;
                spaces::show(tx, authority, id)
            })?;
            show(context, &facts, None)
        }
        Command::Edit(edit) => edit::run(context, &site, edit),
        Command::Close(Named { space }) => {
            let id = site.change(|change, deps, authority| {
                let id = space.id(change, authority)?;
                spaces::close(change, deps, authority, id)?;
                Ok(id)
            })?;
            let sentence = format!("The space {id} is closed: everything in it is refused and its tokens are dead.");
            context.printer.say(&json!({ "id": id, "state": "closed" }), &sentence)
        }
        Command::Reopen(Named { space }) => {
            let id = site.change(|change, deps, authority| {
                let id = space.id(change, authority)?;
                spaces::reopen(change, deps, authority, id)?;
                Ok(id)
            })?;
            let sentence = format!("The space {id} is open: its keys work again, its old tokens stay dead.");
            context.printer.say(&json!({ "id": id, "state": "open" }), &sentence)
        }
    }
}

fn create(context: &Context<'_>, site: &Site, new: Create) -> Result<(), Failure> {
    let Create { name, kind, admin, admin_name: full_name, internal_services } = new;
    let input = CreateSpace { name, kind, internal_services };
    let (space, admin) = site.change(|change, deps, authority| match admin {
        Some(login) => {
            let first = FirstAdministrator { login, full_name, emails: Vec::new() };
            let (space, id) = first_administrator::create_space(change, deps, authority, input, first)?;
            Ok((space, Some(id)))
        }
        None => Ok((spaces::create(change, deps, authority, input)?, None)),
    })?;
    let mut json = as_json(&space);
    if let (Value::Object(members), Some(id)) = (&mut json, admin) {
        members.insert("admin".to_owned(), json!(id));
    }
    context.printer.print(&json, |out| {
        writeln!(out, "Space \"{}\" is made: {}", space.name, space.id)?;
        admin.map_or(Ok(()), |id| {
            writeln!(out, "Its administrator is {id}; `keystead user setup-link {id}` lets that person in.")
        })
    })
}

fn list(context: &Context<'_>, site: &Site) -> Result<(), Failure> {
    let spaces = site.read(|tx, authority| pages::all(|page| spaces::list(tx, authority, page)))?;
    let spaces: Vec<Space> = spaces.into_iter().map(|facts| facts.space).collect();
    let row =
        |space: &Space| [space.id.to_string(), space.kind.to_string(), space.state.to_string(), space.name.to_string()];
    let rows: Vec<_> = spaces.iter().map(row).collect();
    let json = json!({ "spaces": spaces.iter().map(as_json).collect::<Vec<_>>() });
    context.printer.print(&json, |out| table(out, ["ID", "KIND", "STATE", "NAME"], &rows))
}

fn show(context: &Context<'_>, facts: &SpaceFacts, beyond: Option<(&BeyondPolicy, bool)>) -> Result<(), Failure> {
    let SpaceFacts { space, email_domains, ordinary_keys } = facts;
    let mut json = as_json(space);
    if let Value::Object(members) = &mut json {
        members.insert("email_domains".to_owned(), json!(email_domains));
        members.insert("ordinary_keys".to_owned(), json!(ordinary_keys));
        if let Some((beyond, dry_run)) = beyond {
            members.insert("beyond_policy".to_owned(), beyond::as_json(beyond, dry_run));
        }
    }
    let switch = |on| if on { "on" } else { "off" }.to_owned();
    let limit = |life: Option<Duration>| life.map_or_else(|| "-".to_owned(), |life| format!("{} s", life.as_secs()));
    context.printer.print(&json, |out| {
        writeln!(out, "Space \"{}\"", space.name)?;
        fields(
            out,
            &[
                ("id", space.id.to_string()),
                ("kind", space.kind.to_string()),
                ("state", space.state.to_string()),
                ("API keys supported", switch(space.api_keys_supported)),
                ("API keys", switch(space.api_keys_enabled)),
                ("keys that the switch stops", or_dash(*ordinary_keys)),
                ("key creation restricted", switch(space.key_creation_restricted)),
                ("token life", limit(space.token_life)),
                ("pair life", limit(space.pair_life)),
                ("single sign-on", switch(space.sso_enabled)),
                ("password life", limit(space.password_life)),
                ("applications", space.application_policy.to_string()),
                ("keys made by people", or_dash(*ordinary_keys)),
                ("revoke leaked keys", switch(space.revoke_leaked_keys)),
                ("e-mail domains", words(email_domains.iter().map(EmailDomain::as_str))),
            ],
        )?;
        beyond.map_or(Ok(()), |(beyond, dry_run)| beyond::print(out, beyond, space, dry_run))
    })
}

fn as_json(space: &Space) -> Value {
    let seconds = |life: Option<Duration>| life.map(|life| life.as_secs());
    json!({
        "id": space.id,
        "name": space.name,
        "kind": space.kind,
        "state": space.state,
        "api_keys_supported": space.api_keys_supported,
        "api_keys_enabled": space.api_keys_enabled,
        "key_creation_restricted": space.key_creation_restricted,
        "token_life_seconds": seconds(space.token_life),
        "pair_life_seconds": seconds(space.pair_life),
        "sso_enabled": space.sso_enabled,
        "password_life_seconds": seconds(space.password_life),
        "application_policy": space.application_policy,
        "revoke_leaked_keys": space.revoke_leaked_keys,
    })
}
